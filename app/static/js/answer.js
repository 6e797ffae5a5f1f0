/* Written for old webviews (ES5). The page works without it; it keeps a nervous thumb from sending twice. */
(function () {
  "use strict";
  var form = document.querySelector("form");
  if (!form) { return; }
  var button = form.querySelector("button[type=submit]");
  var label = button ? button.textContent : "";
  form.addEventListener("submit", function (event) {
    if (form.getAttribute("data-sent")) { event.preventDefault(); return; }
    form.setAttribute("data-sent", "yes");
    if (button) {
      button.setAttribute("aria-busy", "true");
      button.textContent = button.getAttribute("data-busy") || label;
    }
  });
  window.addEventListener("pageshow", function () {
    form.removeAttribute("data-sent");
    if (button) {
      button.removeAttribute("aria-busy");
      button.textContent = label;
    }
  });
})();
