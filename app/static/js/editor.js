/* The survey editor: saves while somebody writes, keeps the phone in step, undo by keyboard, a sign of life.
   The server draws everything; without this file the same forms are sent by their buttons. */
(() => {
  "use strict";
  const editor = document.getElementById("editor");
  if (!editor || !window.htmx) return;
  const panel = document.getElementById("panel");
  const said = document.getElementById("editor-said");
  /* Going back loads the page anew: what an older page of this editor said may be long undone. */
  htmx.config.refreshOnHistoryMiss = true;
  const QUIET = 700;
  const ALIVE = 30000;
  let timer = null;
  let waiting = null;
  let failures = 0;

  const say = (words) => { said.textContent = ""; window.setTimeout(() => { said.textContent = words; }, 60); };
  const state = (words, kind) => {
    const line = document.getElementById("editor-state");
    if (!line) return;
    line.dataset.kind = kind || "";
    line.querySelector("span").textContent = words;
  };

  /* Autosave: a moment after the last change. What is asked for meanwhile waits until it is done, for the answer
     replaces the outline and the tools; then the element that stands in the same place is pressed. */
  let flying = false;
  let next = null;
  const flush = () => {
    if (!timer) return;
    window.clearTimeout(timer);
    timer = null;
    const form = waiting;
    waiting = null;
    if (form && form.isConnected) {
      state(editor.dataset.saving, "busy");
      flying = true;
      htmx.trigger(form, "autosave");
      return;
    }
    /* A field that was replaced while somebody was in it says "change" for the last time: it is saved already. */
    const line = document.getElementById("editor-state");
    state(line.dataset.words, "");
  };
  const landed = () => {
    flying = false;
    const action = next;
    next = null;
    if (action) action();
  };
  const afterwards = (action) => {
    flush();
    if (flying) next = action; else action();
  };
  const later = (form, wait) => {
    waiting = form;
    window.clearTimeout(timer);
    state(editor.dataset.waiting, "waiting");
    timer = window.setTimeout(flush, wait);
  };
  const changed = (event) => {
    const form = event.target.closest("form[data-autosave]");
    if (!form || "quiet" in event.target.dataset) return;
    if ("refresh" in event.target.dataset) {
      window.clearTimeout(timer);
      timer = waiting = null;
      htmx.ajax("POST", form.action, { source: form, target: "#panel", swap: "innerHTML show:none", values: { do: "refresh" } });
      return;
    }
    later(form, event.type === "change" && event.target.matches("select, [type=checkbox], [type=radio]") ? 60 : QUIET);
  };
  panel.addEventListener("input", changed);
  panel.addEventListener("change", changed);
  document.addEventListener("click", (event) => {
    const target = event.target.closest("a[href], button");
    if (!target || !(timer || flying) || !editor.contains(target) || target.closest("[data-show]")) return;
    if (target.form && target.form === waiting) {
      window.clearTimeout(timer);
      timer = waiting = null;
      return;
    }
    if (target.type === "button") return;
    event.preventDefault();
    event.stopPropagation();
    afterwards(() => (target.isConnected ? target : document.getElementById(target.id))?.click());
  }, true);
  window.addEventListener("beforeunload", (event) => { if (timer || failures) { flush(); event.preventDefault(); } });

  /* Every request carries the newest revision, also one that stood in the queue when an earlier one was saved. */
  let revision = document.getElementById("editor-bar").dataset.revision;
  const stamp = () => {
    for (const input of editor.querySelectorAll("input[name=revision]")) input.value = revision;
  };
  editor.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb === "post") event.detail.parameters.set("revision", revision);
    /* The button pressed before is no part of what is saved while writing. */
    if (event.detail.triggeringEvent?.type === "autosave") {
      event.detail.parameters.delete("do");
      event.detail.parameters.set("autosave", "yes");
    }
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const now = event.detail.xhr.getResponseHeader("X-Draft-Revision");
    if (now) revision = now;
    failures = 0;
  });
  const failed = (event) => {
    const form = event.detail.elt && event.detail.elt.closest && event.detail.elt.closest("form[data-autosave]");
    if (!form) return;
    failures += 1;
    state(editor.dataset.failed, "failed");
    flying = false;
    next = null;
    waiting = form;
    timer = window.setTimeout(flush, Math.min(30000, 2000 * failures));
  };
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:responseError", failed);

  /* Mistakes that came with an autosave stand beside their fields, and go when they are mended. */
  const placeErrors = () => {
    for (const old of panel.querySelectorAll("[data-late-error]")) {
      const field = document.getElementById(old.dataset.lateError);
      if (field) { field.removeAttribute("aria-invalid"); field.removeAttribute("aria-describedby"); }
      old.closest(".field, .line, .rule, .translate-row")?.classList.remove("has-error");
      old.remove();
    }
    const list = document.getElementById("field-errors");
    for (const item of list ? list.children : []) {
      const field = document.getElementById(item.dataset.field);
      if (!field || field.getAttribute("aria-invalid")) continue;
      const line = document.createElement("p");
      line.className = "field-error";
      line.id = item.dataset.field + "-late";
      line.dataset.lateError = item.dataset.field;
      line.textContent = item.textContent;
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", line.id);
      field.closest(".field, .line, .rule, .translate-row")?.classList.add("has-error");
      field.insertAdjacentElement("afterend", line);
    }
  };

  /* The phone shows the element in hand and keeps its place when only words changed. */
  const frame = document.getElementById("phone-page");
  let shown = null;
  const phone = () => {
    const root = panel.querySelector("[data-preview]");
    if (!root) return;
    const address = root.dataset.preview;
    const wanted = `${address}&revision=${revision}`;
    if (wanted === shown) return;
    const same = shown !== null && shown.split("&revision=")[0] === address;
    let top = 0;
    try { top = frame.contentWindow.scrollY; } catch (error) { top = 0; }
    shown = wanted;
    document.getElementById("phone-open").href = address;
    frame.addEventListener("load", () => look(root, same ? top : null), { once: true });
    frame.contentWindow.location.replace(new URL(wanted, location.href));
  };
  const look = (root, top) => {
    try {
      const question = frame.contentDocument.getElementById(root.dataset.place || "");
      /* scrollIntoView would move the editor around the phone as well. */
      const there = question ? question.getBoundingClientRect().top + frame.contentWindow.scrollY - 12 : 0;
      frame.contentWindow.scrollTo(0, top === null ? there : top);
    } catch (error) { /* another page is in the frame; it stays as it is */ }
  };
  const first = panel.querySelector("[data-preview]");
  if (first) {
    shown = `${first.dataset.preview}&revision=${revision}`;
    frame.addEventListener("load", () => look(first, null), { once: true });
    if (frame.contentDocument?.readyState === "complete") look(first, null);
  }

  /* What a choice makes needless is put away; the server reads it or not, as the choice says. */
  const chosen = (name) => {
    const field = panel.querySelector(`[name="${name}"]:checked`) || panel.querySelector(`select[name="${name}"]`);
    return field ? field.value : null;
  };
  const dress = () => {
    for (const part of panel.querySelectorAll("[data-when]")) {
      const value = chosen(part.dataset.when);
      if (value !== null) part.hidden = !part.dataset.is.split(" ").includes(value);
    }
  };
  panel.addEventListener("change", dress);

  /* Colours: contrast with white by WCAG 2.2, as the server will judge it. */
  const luminance = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const colours = () => {
    const field = panel.querySelector("#accent");
    if (!field || !/^#[0-9a-f]{6}$/i.test(field.value)) return;
    const ratio = 1.05 / (luminance(field.value) + 0.05);
    const box = panel.querySelector("#contrast");
    const good = ratio >= 4.5;
    box.dataset.state = good ? "good" : "bad";
    box.querySelector("output").textContent = `${(Math.floor(ratio * 10) / 10).toFixed(1)} : 1`;
    box.querySelector("[data-contrast-words]").textContent = good ? box.dataset.good : box.dataset.bad;
    box.querySelector("[data-contrast-sample]").style.background = field.value;
    panel.querySelector("[data-colour-for]").value = field.value;
  };
  panel.addEventListener("input", (event) => {
    if (event.target.dataset.colourFor) document.getElementById(event.target.dataset.colourFor).value = event.target.value;
    colours();
  });
  panel.addEventListener("click", (event) => {
    const swatch = event.target.closest("[data-swatch]");
    if (!swatch) return;
    const field = panel.querySelector("#accent");
    field.value = swatch.dataset.swatch;
    colours();
    later(field.form, 60);
  });

  /* What was just done is said for a while; what it cost stays until Escape, a click or the next step. */
  const told = () => document.querySelectorAll("#editor-alert > .alert-info, #editor-alert > .alert-success, #editor-alert > .alert-warning:not(#somebody-else)");
  let fade = null;
  const quieten = () => {
    window.clearTimeout(fade);
    fade = window.setTimeout(() => told().forEach((one) => { if (!one.matches(".alert-warning")) one.remove(); }), 6000);
  };
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") told().forEach((one) => one.remove()); });
  document.getElementById("editor").addEventListener("click", (event) => {
    const one = event.target.closest(".alert");
    if (one && [...told()].includes(one)) one.remove();
  });

  /* One part at a time on narrow screens. */
  const grid = editor.querySelector(".editor-grid");
  const turn = (name) => {
    grid.dataset.shown = name;
    for (const tab of editor.querySelectorAll("[data-show]")) {
      if (tab.dataset.show === name) tab.setAttribute("aria-current", "true"); else tab.removeAttribute("aria-current");
    }
  };
  editor.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-show]");
    if (tab) { event.preventDefault(); turn(tab.dataset.show); return; }
    if (event.target.closest("#outline a")) turn("panel");
  });
  for (const tab of editor.querySelectorAll("[data-show]")) tab.setAttribute("hx-boost", "false");

  /* After each answer: the newest revision, errors, the phone; the focus goes where the work goes on. */
  const settle = () => {
    stamp();
    placeErrors();
    dress();
    colours();
    phone();
    quieten();
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    settle();
    const from = event.detail.requestConfig && event.detail.requestConfig.elt;
    if (event.detail.target !== panel || !from) return;
    const lost = document.activeElement === document.body || document.activeElement === null;
    if (from.matches && from.matches("a") && !editor.dataset.keep) {
      const heading = panel.querySelector("h2");
      if (heading) heading.focus({ preventScroll: true });
    } else if (lost || document.activeElement.id === "arrange-remove") {
      const line = panel.querySelector("[data-focus-me]") || panel.querySelector("h2");
      if (line) line.focus({ preventScroll: true });
    }
    const here = document.querySelector("#outline [aria-current]");
    if (here) here.scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const answered = [200, 422].includes(event.detail.xhr.status);
    if (answered && event.detail.requestConfig.triggeringEvent?.type === "autosave") {
      settle();
      landed();
    }
    for (const form of editor.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of editor.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  });

  /* Undo and redo; inside a text field the field's own undo comes first. */
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "z") return;
    if (event.target.matches("input:not([type=checkbox], [type=radio]), textarea")) return;
    event.preventDefault();
    afterwards(() => {
      const tool = document.getElementById(event.shiftKey ? "tool-redo" : "tool-undo");
      if (tool && !tool.disabled) tool.form.requestSubmit(tool);
    });
  });

  /* A sign of life keeps the right to write; somebody who took over is told here. */
  const alive = async () => {
    if (document.hidden) return;
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    try {
      const answer = await fetch(editor.dataset.lock, { method: "POST", headers: { "X-CSRFToken": token }, credentials: "same-origin" });
      if (answer.status === 200 && !answer.redirected && !document.getElementById("somebody-else")) {
        document.getElementById("editor-alert").innerHTML = await answer.text();
        htmx.process(document.getElementById("editor-alert"));
      }
    } catch (error) { /* no network: the next sign of life comes in half a minute */ }
  };
  alive();
  window.setInterval(alive, ALIVE);
  document.addEventListener("visibilitychange", alive);

  window.huishengEditor = { say, flush, afterwards };
  settle();
})();
