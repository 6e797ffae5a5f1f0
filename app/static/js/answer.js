/* The customer's page, for old webviews too (ES5). The page works without it: it sends the same form, but keeps
   the answers on the screen until the server has them, and looks after shared devices and pages inside pages. */
(function () {
  "use strict";
  var doc = document;
  var win = window;
  var root = doc.documentElement;
  var able = win.XMLHttpRequest && win.FormData && win.DOMParser && "responseURL" in new XMLHttpRequest();
  var FIELDS = "input,select,textarea";
  var MANY_PARTS = "multipart/form-data";
  var PREFIX = "huisheng-kept:";
  var KEPT_DAYS = 7;
  var PATIENCE = 30000;
  var sending = false;
  var pressed = null;
  var unsent = null;
  var tries = 0;
  var timer = 0;

  function element(name, className, text) {
    var made = doc.createElement(name);
    if (className) { made.className = className; }
    if (text) { made.textContent = text; }
    return made;
  }

  function each(list, work) {
    Array.prototype.forEach.call(list, work);
  }

  /* Answers that could not be sent, kept on this device until they are; never on one that many people use. */

  function shelf() {
    try { return doc.body.getAttribute("data-kiosk") ? null : win.localStorage; } catch (refused) { return null; }
  }

  /* Questions may bear the names of a form's own properties, so those are never asked for by name. */
  function address(form, button) {
    var link = doc.createElement("a");
    link.href = button && button.getAttribute("formaction") || form.getAttribute("action");
    return link.href;
  }

  function place(form) {
    return PREFIX + form.getAttribute("action").split("?")[0];
  }

  function fields(form) {
    var found = [];
    each(form.querySelectorAll(FIELDS), function (one) {
      var passive = (one.type === "radio" || one.type === "checkbox") && !one.checked;
      if (one.name && !one.disabled && !passive && !/^(submit|button|file)$/.test(one.type)) {
        found.push([one.name, one.value, one.hasAttribute("data-secret")]);
      }
    });
    return found;
  }

  function keep(form) {
    var said = fields(form).filter(function (one) { return !one[2]; });
    try { shelf().setItem(place(form), JSON.stringify({ at: Date.now(), fields: said })); } catch (full) { /* the page still has them */ }
  }

  function forget(form) {
    try { shelf().removeItem(place(form)); } catch (refused) { /* nothing was kept */ }
  }

  function tidy() {
    var store = shelf();
    if (!store) { return; }
    Object.keys(store).forEach(function (name) {
      if (name.indexOf(PREFIX) !== 0) { return; }
      try {
        if (Date.now() - JSON.parse(store.getItem(name)).at < KEPT_DAYS * 864e5) { return; }
      } catch (broken) { /* of no use to anybody */ }
      store.removeItem(name);
    });
  }

  function restore(form) {
    var kept, values = {}, same = true;
    try { kept = JSON.parse(shelf().getItem(place(form))).fields; } catch (none) { return; }
    kept.forEach(function (one) { (values[one[0]] = values[one[0]] || []).push(one[1]); });
    ["_version", "_language", "_page"].forEach(function (name) {
      var now = form.querySelector("[name=" + name + "]");
      if ((now ? now.value : "") !== (values[name] || [""])[0]) { same = false; }
    });
    if (!same) { return; }
    each(form.querySelectorAll(FIELDS), function (one) {
      var said = values[one.name];
      if (!one.name || /^(submit|button|file)$/.test(one.type)) { return; }
      if (one.type === "radio" || one.type === "checkbox") {
        one.checked = !!said && said.indexOf(one.value) >= 0;
      } else if (said && said.length) {
        one.value = said.length > 1 ? said.shift() : said[0];
      }
    });
    var note = element("p", "note", form.getAttribute("data-kept"));
    note.setAttribute("role", "status");
    form.parentNode.insertBefore(note, form);
  }

  /* Sending. */

  function press(button, down) {
    if (!button) { return; }
    if (!button.hasAttribute("data-label")) { button.setAttribute("data-label", button.textContent); }
    if (down) { button.setAttribute("aria-busy", "true"); } else { button.removeAttribute("aria-busy"); }
    button.textContent = down && button.getAttribute("data-busy") || button.getAttribute("data-label");
  }

  function body(form, button) {
    var data, pairs;
    if (form.getAttribute("enctype") === MANY_PARTS) {
      data = new FormData(form);
      if (button && button.name) { data.append(button.name, button.value); }
      return data;
    }
    pairs = fields(form);
    if (button && button.name) { pairs.push([button.name, button.value]); }
    return pairs.map(function (one) {
      return encodeURIComponent(one[0]) + "=" + encodeURIComponent(one[1]);
    }).join("&");
  }

  function deliver(form, button) {
    var request = new XMLHttpRequest(), heavy = form.getAttribute("enctype") === MANY_PARTS;
    if (sending) { return; }
    clearTimeout(timer);
    if (navigator.onLine === false) { hold(form, button, "data-waiting"); return; }
    sending = true;
    press(button, true);
    request.open("POST", address(form, button));
    request.timeout = heavy ? PATIENCE * 10 : PATIENCE;
    request.setRequestHeader("Accept", "text/html");
    if (!heavy) { request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded"); }
    request.onerror = request.ontimeout = function () { hold(form, button, "data-waiting"); };
    request.onload = function () {
      if (/^(429|502|503|504)$/.test(request.status)) { hold(form, button, "data-crowded"); return; }
      if (request.status < 500) { forget(form); }
      unsent = null;
      tries = 0;
      arrive(request, address(form, button));
    };
    request.send(body(form, button));
  }

  /* The answers stay where they are: say so, and try again when there is a network, and now and then. */
  function hold(form, button, why) {
    var box = doc.getElementById("unsent"), retry;
    sending = false;
    press(button, false);
    keep(form);
    unsent = { form: form, button: button };
    if (!box) {
      box = element("div", "unsent");
      box.id = "unsent";
      box.setAttribute("role", "alert");
      box.appendChild(element("h2", "", form.getAttribute("data-title")));
      box.appendChild(element("p"));
      retry = element("button", "small", form.getAttribute("data-retry"));
      retry.type = "button";
      retry.onclick = again;
      box.appendChild(retry);
      form.insertBefore(box, form.querySelector(".buttons"));
    }
    if (box.children[1].textContent !== form.getAttribute(why)) {
      box.children[1].textContent = form.getAttribute(why);
      if (box.scrollIntoView) { box.scrollIntoView(false); }
    }
    tries += 1;
    timer = setTimeout(again, Math.min(60, 4 * Math.pow(2, tries)) * 1000);
  }

  function again() {
    if (unsent) { deliver(unsent.form, unsent.button); }
  }

  function bare(url) {
    return url.split("#")[0];
  }

  function arrive(request, from) {
    var to = request.responseURL;
    sending = false;
    if (request.status < 400 && to && bare(to) !== bare(from)) {
      win.location.assign(to);
      return;
    }
    show(new DOMParser().parseFromString(request.responseText, "text/html"));
  }

  /* Put the page that came in place of this one. */
  function show(next) {
    doc.title = next.title;
    root.lang = next.documentElement.lang;
    root.dir = next.documentElement.dir;
    root.className = next.documentElement.className + " js";
    while (doc.body.attributes.length) { doc.body.removeAttribute(doc.body.attributes[0].name); }
    each(next.body.attributes, function (one) { doc.body.setAttribute(one.name, one.value); });
    doc.body.innerHTML = next.body.innerHTML;
    each(next.querySelectorAll("script[src]"), function (one) {
      var src = one.getAttribute("src"), script;
      if (doc.querySelector('script[src="' + src + '"]')) { return; }
      script = doc.createElement("script");
      script.src = src;
      doc.head.appendChild(script);
    });
    win.scrollTo(0, 0);
    settle();
    begin(true);
    if (win.huishengParts) { win.huishengParts(); }
  }

  /* What was sent is kept under the sitting's own address: Back and reload must find it, and not begin another one. */
  function settle() {
    var form = doc.querySelector("main form"), at = form && form.getAttribute("data-kept-at");
    if (at && win.history.replaceState) { win.history.replaceState(null, "", at); }
  }

  /* Mistakes come first; then it is said that the answers have called up more questions, and these are in sight. */
  function look(arrived) {
    var fresh = doc.getElementById("fresh"), first = doc.getElementById("mistakes") || doc.querySelector(".check input, .wrong .todo input")
      || doc.querySelector(".wrong [aria-invalid]:not(fieldset), .wrong input") || fresh;
    if (!first && arrived) {
      first = doc.querySelector("h1");
      first.tabIndex = -1;
    }
    if (first) { first.focus(); }
    if (first && first === fresh) { reveal(doc.getElementById(fresh.querySelector("a").hash.slice(1))); }
  }

  function reveal(question) {
    var box = question.getBoundingClientRect();
    if (box.bottom > win.innerHeight) { question.scrollIntoView(box.height > win.innerHeight); }
  }

  /* A page inside a page of the insurer's tells how high it is and how far the customer has come. */
  function tell(type, height) {
    var to = doc.body.getAttribute("data-embed");
    if (to && win.parent !== win) { win.parent.postMessage({ type: "huisheng:" + type, height: height }, to); }
  }

  var height = 0;
  var watched = false;
  function measure() {
    var now = Math.ceil(doc.body.getBoundingClientRect().height);
    if (now !== height) {
      height = now;
      tell("height", now);
    }
  }

  function embed(form) {
    var started = false;
    if (!doc.body.getAttribute("data-embed") || win.parent === win) { return; }
    measure();
    /* The page around shows nothing before it knows that there is something to answer here. */
    tell(form || doc.body.getAttribute("data-stage") ? "ready" : "unavailable");
    if (doc.body.getAttribute("data-stage") === "completed") { tell("completed"); }
    if (form) {
      form.addEventListener("input", function () {
        if (!started) { tell("started"); }
        started = true;
      });
    }
    if (watched) { return; }
    watched = true;
    if (win.ResizeObserver) { new ResizeObserver(measure).observe(doc.body); } else { setInterval(measure, 500); }
  }

  /* A shared device begins anew after the thank-you, and when nobody has touched it for a while. */
  var WARNING = 15;
  var idle = 0;

  function kiosk(form) {
    var seconds = Number(doc.body.getAttribute("data-kiosk")), start = doc.body.getAttribute("data-start");
    if (!seconds) { return; }
    if (!form) {
      idle = setTimeout(restart, Math.min(seconds, 10) * 1000);
      return;
    }
    form.setAttribute("autocomplete", "off");
    ["touchstart", "mousedown", "keydown", "input"].forEach(function (name) { doc.addEventListener(name, touched); });
    if (win.location.pathname !== start.split("?")[0]) { touched(); }
  }

  function touched() {
    var asked = doc.getElementById("still");
    clearTimeout(idle);
    if (asked) { asked.parentNode.removeChild(asked); }
    idle = setTimeout(ask, Math.max(Number(doc.body.getAttribute("data-kiosk")) - WARNING, 5) * 1000);
  }

  function ask() {
    var box = element("div", "still"), words = element("p"), left = WARNING;
    var question = element("h2", "", doc.body.getAttribute("data-question"));
    var stay = element("button", "send", doc.body.getAttribute("data-stay"));
    box.id = "still";
    question.id = "still-asked";
    box.setAttribute("role", "alertdialog");
    box.setAttribute("aria-labelledby", question.id);
    stay.type = "button";
    stay.onclick = touched;
    [question, words, stay].forEach(function (one) { box.appendChild(one); });
    doc.body.appendChild(box);
    stay.focus();
    (function count() {
      words.textContent = doc.body.getAttribute("data-text").replace("{seconds}", left);
      left -= 1;
      idle = setTimeout(left < 1 ? restart : count, 1000);
    })();
  }

  function restart() {
    unsent = null;
    win.location.replace(doc.body.getAttribute("data-start"));
  }

  function begin(arrived) {
    var form = doc.querySelector("main form");
    height = 0;
    pressed = null;
    if (form) {
      if (able && form.hasAttribute("data-waiting")) { restore(form); }
      form.addEventListener("submit", function (event) {
        var main = form.querySelector("button.send"), button = pressed || main;
        // The Enter key presses an unseen button that says the same as the large one; the large one shows it.
        if (button.className === "sr") { button = main; }
        // A page that is only looked at, in the editor, leads nowhere.
        if (sending || form.getAttribute("action") === "#") { event.preventDefault(); return; }
        if (able && form.hasAttribute("data-waiting")) {
          event.preventDefault();
          deliver(form, button);
          return;
        }
        sending = true;
        press(button, true);
      });
    }
    unseen();
    embed(form);
    kiosk(form);
    look(arrived);
  }

  /* Words beside an answer that is not chosen are not seen, and so they are not sent. */
  function unseen() {
    each(doc.querySelectorAll(".row > .other input"), function (words) {
      words.disabled = !words.parentNode.parentNode.querySelector("input").checked;
    });
  }

  doc.addEventListener("change", unseen);

  // The switches of size and language belong to the form and stand outside of it.
  doc.addEventListener("click", function (event) {
    var one = event.target;
    while (one && one.nodeName !== "BUTTON") { one = one.parentNode; }
    pressed = one && one.type === "submit" ? one : pressed;
  });

  win.addEventListener("online", again);
  win.addEventListener("pageshow", function () {
    sending = false;
    each(doc.querySelectorAll("[aria-busy]"), function (button) { press(button, false); });
  });
  win.addEventListener("beforeunload", function (event) {
    if (unsent) { event.returnValue = " "; }
  });
  root.className += " js";
  tidy();
  begin(false);
})();
