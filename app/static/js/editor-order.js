/* Reordering in the survey editor: by dragging (pointer events: mouse, pen, finger) and by Alt with the arrow keys.
   The server moves; this file says what goes where. Buttons do the same without it. */
(() => {
  "use strict";
  const editor = document.getElementById("editor");
  if (!editor || !window.htmx || !window.huishengEditor) return;
  const tell = (words) => window.huishengEditor.say(words);

  const send = (address, values) => htmx.ajax("POST", address, {
    source: editor, target: "#panel", swap: "innerHTML show:none", values,
  });
  const order = (values) => window.huishengEditor.afterwards(
    () => send(editor.dataset.order, { here: location.pathname, ...values }),
  );

  /* Keyboard: the outline's links, and the text fields of lists. */
  let again = null;
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const up = event.key === "ArrowUp";
    const link = event.target.closest("[data-what]");
    const line = event.target.closest("[data-line]");
    if (link) {
      event.preventDefault();
      again = { id: link.id };
      editor.dataset.keep = "yes";
      tell(editor.dataset.moved + link.textContent.trim());
      order({ do: up ? "up" : "down", what: link.dataset.what });
    } else if (line) {
      event.preventDefault();
      const button = document.getElementById(`line-${up ? "up" : "down"}-${line.dataset.line}`);
      const text = line.querySelector("[data-line-text]");
      if (!button || button.disabled) return;
      again = { line: line.dataset.line };
      tell(editor.dataset.moved + text.value);
      button.click();
    }
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!again) return;
    const target = again.id
      ? document.getElementById(again.id)
      : document.querySelector(`[data-line="${again.line}"] [data-line-text]`);
    if (target) target.focus();
  });
  /* Only the move itself ends its memory: an autosave that comes back meanwhile must not take the focus away. */
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.requestConfig.triggeringEvent?.type === "autosave") return;
    const done = again;
    window.setTimeout(() => {
      if (again !== done) return;
      again = null;
      delete editor.dataset.keep;
    }, 80);
  });

  /* Dragging: a line shows where the element will land; Escape lets it be. */
  const LISTS = { question: "[data-question]", page: "[data-page]", line: "[data-line]" };
  let drag = null;
  const mark = document.createElement("div");
  mark.className = "drop-mark";

  const places = () => {
    if (drag.kind === "question") return [...document.querySelectorAll("#outline [data-questions]")];
    return [drag.item.parentElement];
  };
  const items = (list) => [...list.children].filter((one) => one.matches(LISTS[drag.kind]) && one !== drag.item);
  const aim = (y) => {
    let best = null;
    for (const list of places()) {
      const box = list.getBoundingClientRect();
      const away = y < box.top ? box.top - y : y > box.bottom ? y - box.bottom : 0;
      if (!best || away < best.away) best = { list, away };
    }
    const rest = items(best.list);
    const index = rest.filter((one) => { const box = one.getBoundingClientRect(); return y > box.top + box.height / 2; }).length;
    return { list: best.list, index, before: rest[index] || null };
  };
  const draw = (y) => {
    drag.aim = aim(y);
    drag.aim.list.insertBefore(mark, drag.aim.before);
  };
  const stop = (drop) => {
    if (!drag) return;
    const { kind, item, aim: found, start } = drag;
    mark.remove();
    item.classList.remove("is-dragged");
    document.body.classList.remove("is-dragging");
    drag = null;
    if (!drop || !found) return;
    const moved = found.list !== item.parentElement || found.index !== start;
    if (!moved) return;
    if (kind === "line") {
      const form = item.closest("form");
      const button = document.createElement("button");
      button.name = "do";
      button.value = `move:${item.dataset.line}:${found.index}`;
      button.hidden = true;
      form.append(button);
      button.click();
      button.remove();
    } else if (kind === "question") {
      order({ do: "move", what: `question:${item.dataset.question}`, page: found.list.dataset.questions, index: found.index });
    } else {
      order({ do: "move", what: `page:${item.dataset.page}`, index: found.index });
    }
    const name = item.querySelector("[data-what]");
    const text = item.querySelector("[data-line-text]");
    tell(editor.dataset.moved + (text ? text.value : name ? name.textContent.trim() : ""));
  };

  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest("[data-handle]");
    if (!handle || event.button !== 0) return;
    const kind = handle.dataset.handle;
    const item = handle.closest(LISTS[kind]);
    if (!item) return;
    event.preventDefault();
    window.huishengEditor.flush();
    handle.setPointerCapture(event.pointerId);
    const peers = [...item.parentElement.children].filter((one) => one.matches(LISTS[kind]));
    drag = { kind, item, aim: null, start: peers.indexOf(item) };
    item.classList.add("is-dragged");
    document.body.classList.add("is-dragging");
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    event.preventDefault();
    draw(event.clientY);
    const edge = 60;
    if (event.clientY < edge) window.scrollBy(0, -12);
    else if (event.clientY > window.innerHeight - edge) window.scrollBy(0, 12);
  });
  document.addEventListener("pointerup", () => stop(true));
  document.addEventListener("pointercancel", () => stop(false));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") stop(false); });
})();
