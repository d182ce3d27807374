// Everything works without this file. With it, figures are live and menus close by themselves.
(() => {
  "use strict";

  const live = document.getElementById("live");
  if (live && window.EventSource) {
    const stream = new EventSource("/live");
    stream.onopen = () => { live.textContent = live.dataset.on; live.className = "on"; };
    stream.onerror = () => { live.textContent = live.dataset.off; live.className = "off"; };
    stream.onmessage = (event) => {
      for (const [name, text] of Object.entries(JSON.parse(event.data))) {
        for (const place of document.querySelectorAll(`[data-figure="${name}"]`)) place.textContent = text;
        for (const bar of document.querySelectorAll(`[data-bar="${name}"]`)) bar.setAttribute("width", text);
      }
    };
  }

  const menus = document.querySelectorAll("details.menu");
  const close = (but) => { for (const menu of menus) if (menu !== but && !menu.contains(but)) menu.open = false; };
  for (const menu of menus) menu.addEventListener("toggle", () => { if (menu.open) close(menu); });
  document.addEventListener("click", (event) => { if (!event.target.closest("details.menu")) close(null); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(null); });

  // One press sends once: a second click on a button that has been pressed does nothing.
  for (const form of document.querySelectorAll("form[method=post]:not([data-again])")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
    });
  }
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // Something was sent and its answer has not come: ask again a few times, unless somebody is filling a form.
  if (document.querySelector("[data-waiting]")) {
    const key = "asked:" + location.href;
    const asked = Number(sessionStorage.getItem(key) || 0);
    if (asked < 10) {
      setTimeout(() => {
        if (document.querySelector("details.menu[open]")) return;
        sessionStorage.setItem(key, String(asked + 1));
        location.reload();
      }, 3000);
    }
  }
})();
