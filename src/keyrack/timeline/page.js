"use strict";
/* Shows where a key was written and read after a click on it, until the next one or Escape. All that it needs stands in
   attributes; without it the links still lead to what is known of the key. */
for (const run of document.querySelectorAll(".run")) {
  const links = [...run.querySelectorAll("a[data-key]")];
  const bars = [...run.querySelectorAll("g[data-key]")];
  const rows = [...run.querySelectorAll("[data-keys]")];
  let chosen = null;

  const show = (key) => {
    chosen = key;
    run.classList.toggle("chosen", key !== null);
    for (const one of run.querySelectorAll(".on")) one.classList.remove("on");
    for (const link of links) link.setAttribute("aria-current", String(link.dataset.key === key));
    if (key === null) return;
    for (const row of rows) row.classList.toggle("on", row.dataset.keys.split(" ").includes(key));
    for (const bar of bars) bar.classList.toggle("on", bar.dataset.key.split(" ").includes(key));
    for (const link of links) link.classList.toggle("on", link.dataset.key === key);
    const article = document.getElementById(key);
    article.classList.add("on");
    article.scrollIntoView({ block: "nearest" });
  };

  for (const link of links) {
    link.setAttribute("aria-current", "false");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      show(chosen === link.dataset.key ? null : link.dataset.key);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && chosen !== null) show(null);
  });
}
