"use strict";
/* Shows in the picture what a finding or a key is about while its button has the focus, and after a click until the
   next one or Escape. All that it needs stands in attributes; without it the page can still be read. */
for (const workflow of document.querySelectorAll(".workflow")) {
  const buttons = [...workflow.querySelectorAll("button[data-nodes]")];
  const frame = workflow.querySelector(".frame");
  let pinned = null;

  const words = (element, name) => new Set((element.dataset[name] ?? "").split(" ").filter(Boolean));

  const show = (button) => {
    workflow.classList.toggle("chosen", button !== null);
    for (const one of workflow.querySelectorAll(".on")) one.classList.remove("on");
    if (button === null) return;
    button.closest("li, tr").classList.add("on");
    for (const kind of ["node", "edge", "flow"]) {
      const wanted = words(button, `${kind}s`);
      for (const one of workflow.querySelectorAll(`[data-${kind}]`)) {
        if (wanted.has(one.dataset[kind])) one.classList.add("on");
      }
    }
    bring();
  };

  const bring = () => {
    const seen = [...(frame?.querySelectorAll(".node.on") ?? [])].find((one) => one.getClientRects().length);
    if (!seen) return;
    const inner = seen.getBoundingClientRect(), outer = frame.getBoundingClientRect();
    if (inner.top < outer.top || inner.bottom > outer.bottom || inner.left < outer.left || inner.right > outer.right) {
      frame.scrollBy(inner.left - outer.left - outer.width / 3, inner.top - outer.top - outer.height / 4);
    }
  };

  const pin = (button) => {
    pinned = button;
    for (const one of buttons) one.setAttribute("aria-pressed", String(one === button));
    show(button);
  };

  for (const button of buttons) {
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => pin(pinned === button ? null : button));
    button.addEventListener("focus", () => show(button));
    button.addEventListener("blur", () => show(pinned));
  }
  workflow.addEventListener("keydown", (event) => {
    if (event.key === "Escape") pin(null);
  });
}
