/* For the insurer's own site: shows a questionnaire of ours in the page or in a window that appears after a while.

   <div data-huisheng="ADDRESS"></div>                                             in the page, as high as it needs
   <div data-huisheng="ADDRESS" data-mode="popup" data-delay="8" data-every="30"></div>   after 8 s, at most every 30 days
   <script src="…/static/js/embed.js" defer></script>

   Nothing is seen before the frame has said that it can be answered: of a link that is switched off, over or wrong, or that
   may not stand on this site, no window opens, no empty frame stays, and no date is noted.

   More attributes: data-title (name of the frame), data-close (words of the closing button), data-height (height before
   the frame has said its own). Events on the div, bubbling, as CustomEvents: huisheng:shown, huisheng:unavailable (nothing
   is shown, and nothing will be), huisheng:height (detail.height), huisheng:started, huisheng:completed, huisheng:closed.
   It stores one date in the localStorage of the site it runs on, so as not to ask again too soon; it sets no cookie, sends
   nothing anywhere and touches nothing but its own div.
   ES5, no dependencies: it must run wherever the insurer's site does. */
(function () {
  "use strict";
  var DAY = 86400000;
  var TALLEST = 10000;
  var PATIENCE = 10000; /* after a frame has loaded it has said who it is, or it is none of ours */

  function originOf(address) {
    var link = document.createElement("a");
    link.href = address;
    return link.protocol + "//" + link.host;
  }

  function tell(place, name, detail) {
    var event;
    if (typeof window.CustomEvent === "function") {
      event = new CustomEvent("huisheng:" + name, { bubbles: true, detail: detail || {} });
    } else {
      event = document.createEvent("CustomEvent");
      event.initCustomEvent("huisheng:" + name, true, false, detail || {});
    }
    place.dispatchEvent(event);
  }

  function number(place, name, otherwise) {
    var value = parseFloat(place.getAttribute("data-" + name));
    return isFinite(value) && value >= 0 ? value : otherwise;
  }

  function put(node, rules) {
    var name;
    for (name in rules) {
      if (Object.prototype.hasOwnProperty.call(rules, name)) { node.style[name] = rules[name]; }
    }
  }

  /* A site whose storage is closed gets no window: we could not promise to come only once. */
  function memory(address) {
    var key = "huisheng:" + address.split("?")[0];
    return {
      allows: function (days) {
        try {
          var last = parseInt(window.localStorage.getItem(key), 10);
          window.localStorage.setItem(key + ":try", "1");
          window.localStorage.removeItem(key + ":try");
          return !(last > 0) || new Date().getTime() - last >= days * DAY;
        } catch (closed) { return false; }
      },
      note: function () {
        try { window.localStorage.setItem(key, String(new Date().getTime())); } catch (closed) { /* see above */ }
      }
    };
  }

  /* The host tells what becomes of the frame: onReady once if it can be answered, otherwise onUnavailable once. */
  function frameFor(place, address, host) {
    var frame = document.createElement("iframe");
    var origin = originOf(address);
    var settled = "";
    var tall = 0;
    function settle(name) {
      if (settled) { return; }
      settled = name;
      if (name === "unavailable") { host.onUnavailable(frame); return; }
      host.onReady(frame);
      if (tall) { tell(place, "height", { height: tall }); }
    }
    frame.title = place.getAttribute("data-title") || "满意度问卷";
    frame.setAttribute("referrerpolicy", "strict-origin-when-cross-origin");
    put(frame, { display: "block", width: "100%", border: "0", height: number(place, "height", 480) + "px" });
    window.addEventListener("message", function (event) {
      var said = event.data;
      if (event.origin !== origin || event.source !== frame.contentWindow || !said || typeof said !== "object") { return; }
      if (said.type === "huisheng:ready" || said.type === "huisheng:unavailable") {
        settle(said.type.slice(9));
      } else if (said.type === "huisheng:height" && typeof said.height === "number" && said.height > 0) {
        tall = said.height;
        host.onHeight(frame, Math.min(Math.ceil(tall), TALLEST));
        if (settled === "ready") { tell(place, "height", { height: tall }); }
      } else if (said.type === "huisheng:started") {
        tell(place, "started");
      } else if (said.type === "huisheng:completed") {
        tell(place, "completed");
        host.onCompleted();
      }
    });
    frame.addEventListener("load", function () {
      window.setTimeout(function () { settle("unavailable"); }, PATIENCE);
    });
    frame.src = address;
    return frame;
  }

  /* The place in the page is held meanwhile, so that the page does not jump when the questionnaire comes. */
  function inline(place, address) {
    var frame = frameFor(place, address, {
      onReady: function (node) {
        node.style.visibility = "visible";
        tell(place, "shown");
      },
      onUnavailable: function (node) {
        place.removeChild(node);
        tell(place, "unavailable");
      },
      onHeight: function (node, height) { node.style.height = height + "px"; },
      onCompleted: function () { return undefined; }
    });
    frame.style.visibility = "hidden";
    place.appendChild(frame);
  }

  function popup(place, address) {
    var memo = memory(address);
    var every = number(place, "every", 30);
    if (!memo.allows(every)) { return; }
    window.setTimeout(function () {
      var box = document.createElement("div");
      var bar = document.createElement("div");
      var name = document.createElement("span");
      var close = document.createElement("button");
      var narrow = window.innerWidth < 560;
      var before;
      function away() {
        if (!box.parentNode) { return false; }
        box.parentNode.removeChild(box);
        document.removeEventListener("keydown", onKey);
        return true;
      }
      function shut() {
        if (!away()) { return; }
        if (before && before.focus) { before.focus(); }
        tell(place, "closed");
      }
      function onKey(event) {
        if (event.key === "Escape" || event.keyCode === 27) { shut(); }
      }
      if (!memo.allows(every)) { return; } /* another tab was faster */
      box.setAttribute("role", "dialog");
      box.setAttribute("aria-label", place.getAttribute("data-title") || "满意度问卷");
      put(box, {
        position: "fixed", zIndex: "2147483000", right: narrow ? "0" : "20px", bottom: narrow ? "0" : "20px",
        width: narrow ? "100%" : "400px", maxHeight: "calc(100% - 20px)", overflow: "hidden", visibility: "hidden",
        background: "#fff", borderRadius: narrow ? "16px 16px 0 0" : "14px", boxShadow: "0 12px 40px rgba(14, 44, 61, .32)"
      });
      close.type = "button";
      close.textContent = "×";
      close.setAttribute("aria-label", place.getAttribute("data-close") || "关闭问卷");
      put(bar, { display: "flex", alignItems: "center", justifyContent: "space-between", background: "#fff", color: "#12262f" });
      put(name, { paddingLeft: "14px", font: "600 15px/1.4 sans-serif" });
      put(close, {
        width: "48px", height: "48px", padding: "0", border: "0", background: "none", color: "inherit",
        font: "26px/1 sans-serif", cursor: "pointer"
      });
      name.textContent = place.getAttribute("data-title") || "满意度问卷";
      bar.appendChild(name);
      bar.appendChild(close);
      close.onclick = shut;
      box.appendChild(bar);
      box.appendChild(frameFor(place, address, {
        onReady: function () {
          if (!memo.allows(every)) { away(); return; } /* another tab was faster meanwhile */
          memo.note();
          before = document.activeElement;
          document.addEventListener("keydown", onKey);
          box.style.visibility = "visible";
          tell(place, "shown");
        },
        onUnavailable: function () {
          away();
          tell(place, "unavailable");
        },
        onHeight: function (node, height) {
          node.style.height = Math.min(height, Math.round(window.innerHeight * 0.85) - 48) + "px";
        },
        onCompleted: function () { window.setTimeout(shut, 6000); }
      }));
      document.body.appendChild(box);
    }, number(place, "delay", 8) * 1000);
  }

  function begin() {
    var places = document.querySelectorAll("[data-huisheng]");
    var i, place, address;
    for (i = 0; i < places.length; i += 1) {
      place = places[i];
      address = place.getAttribute("data-huisheng");
      if (!place.getAttribute("data-huisheng-begun") && /^https?:\/\//.test(address)) {
        place.setAttribute("data-huisheng-begun", "yes");
        if (place.getAttribute("data-mode") === "popup") { popup(place, address); } else { inline(place, address); }
      }
    }
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", begin);
  } else {
    begin();
  }
  window.HuishengEmbed = { begin: begin };
})();
