"use strict";
// Without a choice the page goes by the system's colours; a choice holds while the page is open.
(() => {
  const button = document.getElementById("theme"), page = document.documentElement;
  const dark = () =>
    (page.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  button.hidden = false;
  button.setAttribute("aria-pressed", String(dark()));
  button.addEventListener("click", () => {
    page.dataset.theme = dark() ? "light" : "dark";
    button.setAttribute("aria-pressed", String(dark()));
  });
})();
