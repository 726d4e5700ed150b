"""`keyrack check`: proves before anything runs that each key a state reads was written on every way to it."""
