/* Ready texts: a box that finds them by title, words or tags, and puts the chosen one where the cursor was. */

/** Turn the plain list of texts in `plain` into a combobox for the text field `area`. */
export function pick(plain, area) {
  const box = document.getElementById("canned-box").content.firstElementChild.cloneNode(true);
  const [input, list, none] = [box.querySelector("input"), box.querySelector("ul"), box.querySelector("[role=status]")];
  const texts = [...plain.querySelectorAll("[data-canned]")].map((item) => ({
    title: item.querySelector("dt").textContent,
    text: item.querySelector("dd").textContent,
    find: `${item.textContent} ${item.dataset.tags}`.toLowerCase(),
  }));
  let at = -1;

  function show() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = texts.filter(({ find }) => words.every((word) => find.includes(word)));
    list.replaceChildren(...found.map((one, index) => {
      const option = document.createElement("li");
      option.id = `canned-${index}`;
      option.role = "option";
      option.append(Object.assign(document.createElement("strong"), { textContent: one.title }), ` ${one.text}`);
      option.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
      option.addEventListener("click", () => insert(one.text));
      option.text = one.text;
      return option;
    }));
    list.hidden = !found.length;
    none.textContent = found.length ? "" : "No ready text has these words.";
    input.ariaExpanded = String(!list.hidden);
    mark(found.length && words.length ? 0 : -1);
  }

  function mark(index) {
    at = index;
    [...list.children].forEach((option, i) => { option.ariaSelected = String(i === at); });
    const option = list.children[at];
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  function close() {
    list.hidden = true;
    none.textContent = "";
    input.ariaExpanded = "false";
    mark(-1);
  }

  function insert(text) {
    const [before, after] = [area.value.slice(0, area.selectionStart), area.value.slice(area.selectionEnd)];
    const spaced = `${before && !/\s$/.test(before) ? "\n" : ""}${text}${after && !/^\s/.test(after) ? "\n" : ""}`;
    area.setRangeText(spaced, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input"));
    input.value = "";
    close();
    area.focus();
  }

  input.addEventListener("input", show);
  input.addEventListener("click", show);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const many = list.children.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) show();
      else if (many) mark(event.key === "ArrowDown" ? (at + 1) % many : (at > 0 ? at : many) - 1);
    } else if (event.key === "Enter") {
      event.preventDefault(); // It inserts; it never sends.
      if (!list.hidden && at >= 0) insert(list.children[at].text);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  plain.replaceWith(box);
}
