"""One module a family of findings: each looks at a solution and says what is wrong with it."""
