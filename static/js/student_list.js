// The list's comforts: "/" leads to the search, and the cities become one field to type in. The page
// is whole without them: the checkboxes stay what is sent.

const search = document.getElementById("id_q");
const shortcut = document.querySelector(".shortcut");
if (search && shortcut) {
  shortcut.hidden = false;
  search.setAttribute("aria-keyshortcuts", "/");
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea, [contenteditable]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing) return;
    event.preventDefault();
    search.focus();
    search.select();
  });
}

const fieldset = document.querySelector(".cities");
if (fieldset && fieldset.querySelector("input")) comboOf(fieldset);

// A combobox with a listbox of several choices, as the ARIA Authoring Practices have it.
function comboOf(fieldset) {
  const legend = fieldset.querySelector("legend");
  const options = Array.from(fieldset.querySelectorAll("label"), optionOf);
  const input = make("input", {
    type: "text", id: "city-combo", role: "combobox", autocomplete: "off", spellcheck: "false", dir: "auto",
    "aria-expanded": "false", "aria-controls": "city-list", "aria-autocomplete": "list", "aria-labelledby": "id_city",
  });
  if (fieldset.querySelector(".error")) input.setAttribute("aria-describedby", "id_city_error");
  const list = make("ul", { id: "city-list", role: "listbox", "aria-multiselectable": "true", "aria-labelledby": "id_city", hidden: "" });
  const nothing = make("p", { class: "hint", hidden: "" });
  nothing.textContent = fieldset.dataset.nothing;
  const chosen = make("ul", { class: "chosen" });
  const combo = make("div", { class: "combo" });
  combo.append(input, list);
  legend.after(chosen, combo, nothing);
  fieldset.classList.add("with-combo");
  legend.removeAttribute("tabindex");
  let active = null;
  showChosen();

  function optionOf(label) {
    const box = label.querySelector("input");
    return { label, box, item: null, words: folded(box.value) };
  }

  // Hundreds of options, made when they are first asked for.
  function build() {
    if (list.firstChild) return;
    options.forEach((option, number) => {
      const { box, label } = option;
      option.item = make("li", { id: `city-${number}`, role: "option", "aria-selected": String(box.checked) });
      option.item.append(...Array.from(label.childNodes, (node) => (node === box ? "" : node.cloneNode(true))));
      list.append(option.item);
    });
  }

  function shown() {
    return options.filter((option) => !option.item.hidden);
  }

  function filter() {
    const typed = folded(input.value);
    for (const option of options) option.item.hidden = !option.words.includes(typed);
    nothing.hidden = shown().length > 0;
    activate(typed ? shown()[0] : null);
  }

  function open(now) {
    list.hidden = !now || shown().length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (list.hidden) activate(null);
  }

  function activate(option) {
    if (active) active.item.classList.remove("active");
    active = option || null;
    if (!active) return input.removeAttribute("aria-activedescendant");
    active.item.classList.add("active");
    input.setAttribute("aria-activedescendant", active.item.id);
    active.item.scrollIntoView({ block: "nearest" });
  }

  function toggle(option) {
    option.box.checked = !option.box.checked;
    build();
    option.item.setAttribute("aria-selected", String(option.box.checked));
    input.value = "";
    showChosen();
    filter();
    open(false);
  }

  function showChosen() {
    const buttons = options.filter((option) => option.box.checked).map((option) => {
      const button = make("button", { type: "button" });
      const said = make("span", { class: "hidden" });
      const cross = make("span", { "aria-hidden": "true" });
      said.textContent = fieldset.dataset.chosen;
      cross.textContent = "×";
      button.append(said, " ", option.label.querySelector("bdi").cloneNode(true), " ", cross);
      button.addEventListener("click", () => { toggle(option); input.focus(); open(false); });
      const item = make("li", {});
      item.append(button);
      return item;
    });
    chosen.textContent = "";
    chosen.append(...buttons);
    chosen.hidden = buttons.length === 0;
  }

  input.addEventListener("focus", build);
  input.addEventListener("input", () => { filter(); open(true); });
  input.addEventListener("click", () => open(true));
  input.addEventListener("blur", () => open(false));
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = options.find((each) => each.item.contains(event.target));
    if (option) toggle(option);
  });
  input.addEventListener("keydown", (event) => {
    const rows = shown();
    const at = rows.indexOf(active);
    const steps = { ArrowDown: at + 1, ArrowUp: at < 0 ? rows.length - 1 : at - 1, Home: 0, End: rows.length - 1 };
    if (event.key in steps && (event.key.startsWith("Arrow") || active)) {
      event.preventDefault();
      open(true);
      activate(rows[(steps[event.key] + rows.length) % rows.length]);
    } else if (event.key === "Enter" && (active || input.value)) {
      event.preventDefault();
      if (active) toggle(active);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      open(false);
    } else if (event.key === "Backspace" && !input.value) {
      const last = options.filter((option) => option.box.checked).pop();
      if (last) toggle(last);
    }
  });
}

// As `rules.text.fold` does for the letters that keyboards mix up.
function folded(text) {
  return text.normalize("NFKC").toLowerCase().replace(/[يىئ]/g, "ی").replace(/[كڪ]/g, "ک").replace(/[هۀةۃەۂ]/g, "ہ").replace(/[آأإٱ]/g, "ا").replace(/\s/g, "");
}

function make(tag, attributes) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
