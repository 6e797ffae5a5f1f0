/* What makes some kinds of question easier where there is JavaScript (ES5): sliders, answers that come alone, cascades,
   rankings, files, long texts. The fields beneath stay the ones the page was served with, so what is sent is the same. */
(function () {
  "use strict";
  var doc = document;

  function each(selector, work) {
    Array.prototype.forEach.call(doc.querySelectorAll(selector), function (one) {
      if (one.getAttribute("data-alive")) { return; }
      one.setAttribute("data-alive", "yes");
      work(one);
    });
  }

  function element(name, className, text) {
    var made = doc.createElement(name);
    if (className) { made.className = className; }
    if (text) { made.textContent = text; }
    return made;
  }

  function button(className, text, label, work) {
    var made = element("button", className, text);
    made.type = "button";
    if (label) { made.setAttribute("aria-label", label); }
    made.onclick = work;
    return made;
  }

  function data(one, name) {
    return one.getAttribute("data-" + name) || "";
  }

  /* The number is the answer; the slider moves it, and is an empty track without a handle while there is none. */
  function slide(box) {
    var number = box.querySelector("input"), range = element("input"), clear;
    range.type = "range";
    ["min", "max", "step"].forEach(function (name) { range.setAttribute(name, number.getAttribute(name)); });
    range.setAttribute("aria-label", data(box, "title"));
    clear = button("small", data(box, "clear"), "", function () {
      number.value = "";
      follow();
      number.focus();
    });

    function follow() {
      var none = number.value === "";
      range.className = none ? "unset" : "";
      range.value = none ? (Number(range.min) + Number(range.max)) / 2 : number.value;
      if (none) { range.setAttribute("aria-valuetext", data(box, "none")); } else { range.removeAttribute("aria-valuetext"); }
      clear.hidden = none;
    }

    function lead() {
      number.value = range.value;
      follow();
    }

    range.addEventListener("input", lead);
    range.addEventListener("change", lead);
    // A tap exactly on the middle moves nothing, and yet it is an answer.
    range.addEventListener("click", lead);
    number.addEventListener("input", follow);
    box.insertBefore(range, number.parentNode);
    number.parentNode.appendChild(clear);
    follow();
  }

  /* An answer that comes with no other takes the others away, and they take it away; what went is said. */
  function alone(group) {
    var lonely = data(group, "alone").split(" "), boxes = group.querySelectorAll("input[type=checkbox]");
    var news = element("p", "sr"), around = group;
    while (around.nodeName !== "FIELDSET") { around = around.parentNode; }
    news.setAttribute("role", "status");
    around.appendChild(news);

    function name(box) {
      return group.querySelector('label[for="' + box.id + '"]').textContent;
    }

    group.addEventListener("change", function (event) {
      var box = event.target, gone = null, only = lonely.indexOf(box.value) >= 0;
      if (box.type !== "checkbox" || !box.checked) { return; }
      Array.prototype.forEach.call(boxes, function (one) {
        if (one === box || !one.checked || !only && lonely.indexOf(one.value) < 0) { return; }
        one.checked = false;
        gone = one;
      });
      if (gone) { news.textContent = data(group, only ? "only" : "instead").replace("{option}", name(only ? box : gone)); }
    });
  }

  /* A lower level fills itself once the level above is chosen. */
  function cascade(box) {
    var url = data(box, "children"), levels = box.querySelectorAll("select"), asked = 0;
    if (!url) { return; }
    Array.prototype.forEach.call(levels, function (select, place) {
      var next = levels[place + 1];
      if (!next) { return; }
      select.addEventListener("change", function () {
        var request = new XMLHttpRequest(), ticket = asked += 1, lower;
        for (lower = place + 1; lower < levels.length; lower += 1) {
          while (levels[lower].options.length > 1) { levels[lower].remove(1); }
          levels[lower].parentNode.hidden = true;
        }
        if (!select.value) { return; }
        request.open("GET", url + (url.indexOf("?") < 0 ? "?" : "&") + "of=" + encodeURIComponent(select.value)
          + "&language=" + encodeURIComponent(doc.documentElement.lang));
        request.onload = function () {
          var found = request.status === 200 ? JSON.parse(request.responseText) : [];
          if (ticket !== asked || !found.length) { return; }
          found.forEach(function (one) {
            var option = element("option", "", one[1]);
            option.value = one[0];
            next.appendChild(option);
          });
          next.parentNode.hidden = false;
        };
        // Without a network the level is fetched with the page, by the button that stands there without script.
        request.onerror = function () { box.querySelector(".plain").className = "small"; };
        request.send();
      });
    });
  }

  /* Tap the options in order, then move them by button or by dragging the number. */
  function rank(box) {
    var selects = Array.prototype.slice.call(box.querySelectorAll("select"));
    var hint = box.parentNode.querySelector("[data-touch]");
    var ranked = element("ol", "ranked"), waiting = element("div", "unranked"), news = element("p", "sr");
    var above = element("p", "rlabel", data(box, "ranked")), below = element("p", "rlabel", data(box, "waiting"));
    var order = selects.filter(function (one) { return one.value; }).sort(function (a, b) { return a.value - b.value; });
    var held = null;
    news.setAttribute("role", "status");
    Array.prototype.forEach.call(box.children, function (one) { one.hidden = true; });
    hint.textContent = data(hint, "touch");
    [above, ranked, below, waiting, news].forEach(function (one) { box.appendChild(one); });

    function name(select) {
      return select.parentNode.querySelector("label").textContent;
    }

    function say(words, select) {
      news.textContent = words.replace("{option}", name(select)).replace("{rank}", order.indexOf(select) + 1);
    }

    function move(select, to, focus) {
      var from = order.indexOf(select), line;
      if (from >= 0) { order.splice(from, 1); }
      if (to >= 0) { order.splice(Math.min(to, order.length), 0, select); }
      draw();
      say(data(box, to < 0 ? "taken" : "placed"), select);
      if (!focus) { return; }
      line = ranked.children[order.indexOf(select)];
      line = line && line.querySelector(focus + ":not([disabled])") || line && line.querySelector("button:not([disabled])")
        || waiting.querySelector("button") || ranked.querySelector("button:not([disabled])");
      if (line) { line.focus(); }
    }

    function item(select, place) {
      var line = element("li"), grip = element("span", "place", String(place + 1)), words = name(select);
      grip.title = data(box, "drag");
      grip.addEventListener("pointerdown", function (event) { hold(event, select); });
      line.appendChild(grip);
      line.appendChild(element("span", "what", words));
      [["up", "↑", place - 1], ["down", "↓", place + 1], ["out", "×", -1]].forEach(function (one) {
        var key = button(one[0], one[1], data(box, one[0]) + " " + words, function () { move(select, one[2], "." + one[0]); });
        key.disabled = one[0] === "up" && place === 0 || one[0] === "down" && place === order.length - 1;
        line.appendChild(key);
      });
      if (held === select) { line.className = "moving"; }
      return line;
    }

    function draw() {
      ranked.innerHTML = waiting.innerHTML = "";
      order.forEach(function (select, place) { ranked.appendChild(item(select, place)); });
      selects.forEach(function (select) {
        var place = order.indexOf(select);
        select.value = place < 0 ? "" : String(place + 1);
        if (place < 0) { waiting.appendChild(button("", name(select), "", function () { move(select, order.length, ".out"); })); }
      });
      above.hidden = !order.length;
      below.hidden = !order.length || order.length === selects.length;
    }

    function hold(event, select) {
      event.preventDefault();
      held = select;
      draw();
      doc.addEventListener("pointermove", drag);
      doc.addEventListener("pointerup", drop);
      doc.addEventListener("pointercancel", drop);
    }

    function drag(event) {
      var lines = ranked.children, to = 0, middle, from = order.indexOf(held);
      for (var place = 0; place < lines.length; place += 1) {
        middle = lines[place].getBoundingClientRect();
        if (place !== from && event.clientY > middle.top + middle.height / 2) { to += 1; }
      }
      if (to !== from) { move(held, to); }
    }

    function drop() {
      held = null;
      draw();
      doc.removeEventListener("pointermove", drag);
      doc.removeEventListener("pointerup", drop);
      doc.removeEventListener("pointercancel", drop);
    }

    draw();
  }

  /* A file goes to the server as soon as it is chosen, one after the other; the form then carries its token. What the
     question cannot take is refused here already. */
  function upload(box) {
    var input = box.querySelector("input[type=file]"), list = box.querySelector(".files"), form = box;
    var most = Number(data(box, "most")), bytes = Number(data(box, "bytes")), url = data(box, "upload"), queue = [];
    while (form.nodeName !== "FORM") { form = form.parentNode; }
    if (!input) { return; }
    input.addEventListener("change", function () {
      if (!url) { names(); return; }
      clear(".refused");
      Array.prototype.slice.call(input.files).forEach(take);
      input.value = "";
    });

    function clear(selector) {
      Array.prototype.forEach.call(list.querySelectorAll(selector), function (one) { list.removeChild(one); });
    }

    function names() {
      clear(".new");
      Array.prototype.forEach.call(input.files, function (file) { line(file).className = "new"; });
    }

    function line(file) {
      var one = element("li"), words = element("span", "", file.name);
      words.appendChild(element("small"));
      one.appendChild(words);
      list.appendChild(one);
      return one;
    }

    function tokens() {
      return Array.prototype.map.call(list.querySelectorAll("input[type=hidden]"), function (one) { return one.value; });
    }

    function take(file) {
      var full = tokens().length + queue.length >= most, one = line(file);
      one.querySelector("small").setAttribute("role", "status");
      if (file.size > bytes) { refuse(one, file, data(box, "large")); return; }
      if (full) { refuse(one, file, data(box, "full")).className += " full"; return; }
      one.querySelector("small").textContent = " " + data(box, "uploading").replace("{percent}", 0);
      queue.push(function () { send(file, one); });
      if (queue.length === 1) { queue[0](); }
    }

    function refuse(one, file, words) {
      var note = one.querySelector("small");
      one.className = "refused";
      note.textContent = " " + words;
      note.className = "error";
      remover(one, file);
      return one;
    }

    function remover(one, file) {
      one.appendChild(button("small", data(box, "remove"), data(box, "remove") + " " + file.name, function () {
        list.removeChild(one);
        if (tokens().length < most) { clear(".full"); }
        input.focus();
      }));
    }

    function send(file, one) {
      var request = new XMLHttpRequest(), body = new FormData(), note = one.querySelector("small");
      Array.prototype.forEach.call(form.querySelectorAll("input[type=hidden]"), function (field) {
        if (field.name.charAt(0) === "_") { body.append(field.name, field.value); }
      });
      body.append("_held", tokens().join(" "));
      body.append("question", data(box, "question"));
      body.append("file", file);
      request.open("POST", url);
      request.upload.onprogress = function (event) {
        note.textContent = " " + data(box, "uploading").replace("{percent}", Math.floor(100 * event.loaded / event.total));
      };
      request.onerror = function () { end(); refuse(one, file, data(box, "failed")); };
      request.onload = function () {
        var said = {};
        try { said = JSON.parse(request.responseText); } catch (none) { /* said below */ }
        end();
        if (!said.token) {
          refuse(one, file, said.mistake || data(box, request.status === 413 ? "large" : "failed"));
          return;
        }
        var token = element("input");
        token.type = "hidden";
        token.name = data(box, "question");
        token.value = said.token;
        note.textContent = " " + data(box, "uploaded");
        one.appendChild(token);
        remover(one, file);
      };
      request.send(body);
    }

    function end() {
      queue.shift();
      if (queue.length) { setTimeout(queue[0], 0); }
    }
  }

  /* Say how much room is left once most of it is used. */
  function count(area) {
    var most = Number(area.getAttribute("maxlength")), note = element("p", "hint");
    note.setAttribute("role", "status");
    area.parentNode.appendChild(note);
    area.addEventListener("input", function () {
      var left = most - area.value.length;
      note.textContent = left < most / 5 ? data(area, "left").replace("{left}", left) : "";
    });
  }

  function enliven() {
    each(".slider", slide);
    each("[data-alone]", alone);
    each(".cascade", cascade);
    each(".ranking", rank);
    each(".upload", upload);
    each("textarea[data-left]", count);
  }

  window.huishengParts = enliven;
  enliven();
})();
