"use strict";
(() => {
  const MOST = 50;
  const { kinds, entries } = JSON.parse(document.getElementById("entries").textContent);
  const lines = entries.map(([kind, text, more, href]) => ({ kind: kinds[kind], text, more, href, all: `${kinds[kind]} ${text} ${more}`.toLowerCase() }));
  const words = document.getElementById("words"), count = document.getElementById("count"), hits = document.getElementById("hits");
  const element = (name, text, kind) => Object.assign(document.createElement(name), { textContent: text, className: kind });
  const row = ({ kind, text, more, href }) => {
    const item = document.createElement("li"), link = element("a", text, "");
    link.href = href;
    item.append(element("span", kind, "kind"), " ", link, " ", element("span", more, "more"));
    return item;
  };
  const show = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = wanted.length ? lines.filter((line) => wanted.every((word) => line.all.includes(word))) : [];
    const said = found.length ? count.dataset.found.replace("{count}", found.length) : count.dataset.none;
    count.textContent = wanted.length ? said + (found.length > MOST ? count.dataset.more.replace("{most}", MOST) : "") : "";
    hits.replaceChildren(...found.slice(0, MOST).map(row));
  };
  words.form.addEventListener("submit", (event) => event.preventDefault());
  words.addEventListener("input", show);
  words.value = decodeURIComponent(location.hash.slice(1));
  show();
  words.focus();
})();
