// Gives every control of the panel a name: sliders have none of their own, and a label alone does not say what it belongs to.
// Keeps JupyterLab's shortcuts away from them, or arrow keys would move between cells instead of the slider.
(() => {
  if (window.perfkitNames) return;
  window.perfkitNames = true;
  const set = (element, attribute, text) => {
    if (text && element.getAttribute(attribute) !== text) element.setAttribute(attribute, text);
  };
  const name = () => {
    for (const panel of document.querySelectorAll(".perfkit-panel")) set(panel, "data-lm-suppress-shortcuts", "true");
    for (const box of document.querySelectorAll(".perfkit-panel .jupyter-widgets")) {
      const label = box.querySelector(":scope > .widget-label-basic > span") ?? box.querySelector(":scope > label");
      if (!label?.textContent) continue;
      const under = box.closest(".group")?.querySelector("h4.group")?.textContent;
      const text = under ? `${under} ${label.textContent}` : label.textContent;
      for (const each of box.querySelectorAll(".noUi-handle, .widget-readout, input, select, textarea")) set(each, "aria-label", text);
      for (const each of box.querySelectorAll(".widget-readout")) set(each, "role", "textbox");
    }
    for (const each of document.querySelectorAll(".perfkit-panel .widget-toggle-button"))
      set(each, "aria-pressed", String(each.classList.contains("mod-active")));
  };
  let waiting = false;
  const watch = new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => { waiting = false; name(); }, 50);
  });
  watch.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
  name();
})();
