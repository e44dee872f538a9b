/* Keeps "3 minutes ago" true while a page stays open, in the page's own language. */
"use strict";

(() => {
  const steps = [
    ["year", 31557600],
    ["month", 2629800],
    ["week", 604800],
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ];
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always", style: "long" });

  const say = (time) => {
    const distance = (new Date(time.dateTime) - Date.now()) / 1000;
    const step = steps.find(([, size]) => Math.abs(distance) >= size);
    if (!step) return; // below a minute the server's "just now" stands: nothing on the page ticks
    const [unit, length] = step;
    time.textContent = words.format(Math.trunc(distance / length), unit);
  };

  const all = () => {
    for (const time of document.querySelectorAll("time[data-relative]")) say(time);
  };

  document.addEventListener("DOMContentLoaded", all);
  document.addEventListener("htmx:afterSettle", all);
  setInterval(all, 10000);
})();
