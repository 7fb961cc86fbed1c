(function () {
  "use strict";
  var root = document.documentElement, $ = function (s) { return document.querySelector(s); };
  var all = function (s, f) { Array.prototype.forEach.call(document.querySelectorAll(s), f); };

  // The filter hides rows, events and entries that do not hold every word, and
  // fades bars.
  var filter = $("#filter"), count = $("#count");
  function apply() {
    var words = filter.value.toLowerCase().split(/\s+/).filter(Boolean), shown = 0, total = 0;
    all("[data-find]", function (e) {
      var text = e.textContent.toLowerCase();
      var hit = words.every(function (w) { return text.indexOf(w) >= 0; });
      e.classList.toggle("off", !hit);
      if (!e.closest("svg")) { total++; if (hit) shown++; }
    });
    count.textContent = words.length ? shown + " of " + total : "";
  }
  filter.addEventListener("input", apply);

  // Copy buttons stand on commands.
  all(".command", function (box) {
    if (!navigator.clipboard) return;
    var b = document.createElement("button");
    b.type = "button"; b.textContent = "copy";
    b.addEventListener("click", function () {
      navigator.clipboard.writeText(box.querySelector("pre").textContent).then(function () {
        b.textContent = "copied"; setTimeout(function () { b.textContent = "copy"; }, 1200);
      });
    });
    box.appendChild(b);
  });

  // Theme: as the system says, until the button is used.
  $("#theme").addEventListener("click", function () {
    var dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  // An id that leads into a closed part opens it.
  function open() {
    var e = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    for (var p = e; p; p = p.parentElement) if (p.tagName === "DETAILS") p.open = true;
    if (e && e.classList.contains("off")) { filter.value = ""; apply(); }
    if (!e) return;
    e.scrollIntoView();
    if (!e.hasAttribute("tabindex")) e.setAttribute("tabindex", "-1");
    e.focus({ preventScroll: true }); // what is read next, and where Tab goes on
  }
  addEventListener("hashchange", open);
  addEventListener("click", function (ev) { // the same place once more
    var a = ev.target.closest && ev.target.closest("a[href^='#']");
    if (a && a.getAttribute("href") === location.hash) open();
  });
  open();
  addEventListener("beforeprint", function () { all("details", function (d) { d.open = true; }); });

  // The lanes: x positions are shares of the window, from data-a to data-b.
  var svg = $("#lanes"), from = 0, to = 1;
  if (svg) {
    var span = +svg.dataset.span, start = +svg.dataset.start;
    var at = function (v) { return (100 * (v - from) / (to - from)).toFixed(3) + "%"; };
    var clock = function (ms) {
      var t = new Date(start + ms).toISOString();
      return span * (to - from) < 3e4 ? t.slice(11, 23) : t.slice(11, 19);
    };
    var draw = function () {
      Array.prototype.forEach.call(svg.querySelectorAll("[data-a]"), function (e) {
        var a = +e.dataset.a, b = e.dataset.b === undefined ? a : +e.dataset.b;
        e.style.display = b < from || a > to ? "none" : "";
        if (e.tagName === "rect") {
          e.setAttribute("x", at(Math.max(a, from)));
          e.setAttribute("width", Math.max(100 * (Math.min(b, to) - Math.max(a, from)) / (to - from), 0.4).toFixed(3) + "%");
        } else if (e.tagName === "line") {
          e.setAttribute("x1", at(a)); e.setAttribute("x2", at(a));
        } else {
          e.setAttribute("x", at(Math.max(a, from)));
        }
      });
      Array.prototype.forEach.call(svg.querySelectorAll("[data-tick]"), function (e) {
        e.textContent = clock(span * (from + (to - from) * e.dataset.tick));
      });
    };
    var zoom = function (factor, centre) {
      var w = Math.min(1, Math.max((to - from) * factor, 1e-5)), a = centre - (centre - from) * w / (to - from);
      from = Math.max(0, Math.min(a, 1 - w)); to = from + w; draw();
    };
    var move = function (by) { zoomTo(from + by, to - from); };
    var zoomTo = function (a, w) { from = Math.max(0, Math.min(a, 1 - w)); to = from + w; draw(); };
    var share = function (ev) { var r = svg.getBoundingClientRect(); return from + (to - from) * (ev.clientX - r.left) / r.width; };
    svg.addEventListener("wheel", function (ev) {
      if (!ev.ctrlKey && !ev.shiftKey) return;
      ev.preventDefault(); zoom(ev.deltaY > 0 ? 1.25 : 0.8, share(ev));
    }, { passive: false });
    svg.addEventListener("dblclick", function (ev) { ev.preventDefault(); zoom(0.5, share(ev)); });
    var drag = null;
    svg.addEventListener("pointerdown", function (ev) { drag = { x: ev.clientX, from: from, moved: false }; });
    svg.addEventListener("pointermove", function (ev) {
      if (!drag) return;
      var by = (drag.x - ev.clientX) / svg.getBoundingClientRect().width * (to - from);
      if (Math.abs(drag.x - ev.clientX) > 4) { drag.moved = true; svg.classList.add("dragging"); }
      if (drag.moved) zoomTo(drag.from + by, to - from);
    });
    addEventListener("pointerup", function () { setTimeout(function () { drag = null; svg.classList.remove("dragging"); }, 0); });
    svg.addEventListener("click", function (ev) { if (drag && drag.moved) ev.preventDefault(); }, true);
    $("#zoomin").addEventListener("click", function () { zoom(0.5, (from + to) / 2); });
    $("#zoomout").addEventListener("click", function () { zoom(2, (from + to) / 2); });
    $("#zoomall").addEventListener("click", function () { zoomTo(0, 1); });
  }

  // Keys: / filters, + - 0 and arrows work on the lanes, Escape clears.
  addEventListener("keydown", function (ev) {
    if (ev.ctrlKey || ev.metaKey || ev.altKey) return;
    if (ev.target === filter) { if (ev.key === "Escape") { filter.value = ""; apply(); filter.blur(); } return; }
    if (ev.key === "/") { ev.preventDefault(); filter.focus(); return; }
    if (!svg) return;
    if (ev.key === "+" || ev.key === "=") zoom(0.5, (from + to) / 2);
    else if (ev.key === "-") zoom(2, (from + to) / 2);
    else if (ev.key === "0") zoomTo(0, 1);
    else if (to - from < 1 && ev.key === "ArrowLeft") move(-(to - from) / 4);
    else if (to - from < 1 && ev.key === "ArrowRight") move((to - from) / 4);
  });
})();
