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
    ["second", 1],
  ];
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always", style: "long" });

  const say = (time) => {
    const distance = (new Date(time.dateTime) - Date.now()) / 1000;
    if (Math.abs(distance) < 5) return; // the server's "just now" stands
    const [unit, length] = steps.find(([, size]) => Math.abs(distance) >= size) ?? steps.at(-1);
    time.textContent = words.format(Math.trunc(distance / length), unit);
  };

  const all = () => {
    for (const time of document.querySelectorAll("time[data-relative]")) say(time);
  };

  document.addEventListener("DOMContentLoaded", all);
  document.addEventListener("htmx:afterSettle", all);
  setInterval(all, 10000);
})();
