/* Small comforts for the staff pages. Everything works without this file; it only makes things smoother. */
(() => {
  "use strict";
  document.documentElement.classList.add("has-script");

  const phone = window.matchMedia("(max-width: 759px)");

  /* Folding menus close on Escape, on a click beside them and when the focus leaves. */
  const openMenus = () => document.querySelectorAll("details[data-menu][open]");
  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("focusout", (event) => {
    const menu = event.target.closest("details[data-menu]");
    if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });

  /* Filters start folded on a phone; the chips below say which are in force. */
  if (phone.matches) {
    for (const bar of document.querySelectorAll('details[data-fold-on-phone]')) bar.open = false;
  }

  /* Days that are filled in are what is meant: typing one selects that period, another period empties them. */
  document.addEventListener("change", (event) => {
    const fields = event.target.closest(".filter-form")?.elements;
    if (!fields?.period || !fields.from || !fields.to) return;
    if (event.target === fields.period && fields.period.value !== "custom") fields.from.value = fields.to.value = "";
    if ([fields.from, fields.to].includes(event.target) && event.target.value) fields.period.value = "custom";
  });

  /* The clipboard interface exists only over HTTPS; inside an insurer's network pages may come by plain HTTP. */
  const copy = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };

  document.addEventListener("click", async (event) => {
    const asker = event.target.closest("[data-confirm]");
    if (asker) {
      const dialog = document.getElementById(asker.dataset.confirm);
      if (dialog && !dialog.open && typeof dialog.showModal === "function") {
        event.preventDefault();
        dialog.showModal();
      }
      return;
    }
    const closer = event.target.closest("[data-close]");
    if (closer) {
      closer.closest("dialog").close();
      return;
    }
    if (event.target.closest("[data-print]")) {
      window.print();
      return;
    }
    const copier = event.target.closest("[data-copy]");
    if (copier) {
      await copy(copier.dataset.copy);
      copier.querySelector("span").textContent = copier.dataset.done;
    }
  });

  /* A form is sent once: the pressed button rests until the page changes or comes back from the history.
     A form that answers with a download leaves the page standing and says data-repeatable. */
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post" || event.defaultPrevented || "repeatable" in event.target.dataset) return;
    if (event.target.dataset.sent) {
      event.preventDefault();
      return;
    }
    event.target.dataset.sent = "yes";
    if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
    }
  });

  const wrong = document.querySelector("[data-focus-me]");
  if (wrong) wrong.focus();
})();
