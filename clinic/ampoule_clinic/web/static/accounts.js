/* Small helps on the pages of accounts; each page works without them. */

// A set-up link brings its token behind "#": into the form with it, and out of the address bar and the history.
const token = document.querySelector("#token-field input");
if (token && location.hash.length > 1) {
  token.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
}
if (token?.value) document.getElementById("token-field").hidden = true;

/** A button beside a field. */
function button(text, field) {
  const both = document.createElement("div");
  both.className = "with-button";
  const focused = document.activeElement === field;
  field.replaceWith(both);
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  both.append(field, made);
  if (focused) field.focus(); // Moving it has taken the focus away.
  return made;
}

for (const field of document.querySelectorAll("input[type='password']")) {
  const label = document.querySelector(`label[for="${field.id}"]`).textContent;
  const show = button("Show", field);
  const name = () => show.setAttribute("aria-label", `${show.textContent}: ${label}`);
  name();
  show.addEventListener("click", () => {
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    show.textContent = shown ? "Show" : "Hide";
    name();
  });
  field.form.addEventListener("submit", () => (field.type = "password")); // or browsers do not offer to keep it
}

for (const field of document.querySelectorAll("input[data-copy]")) {
  const copy = button("Copy", field);
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  copy.parentElement.after(said);
  copy.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = "Copied";
    } catch {
      said.textContent = "Please copy the marked text yourself.";
    }
  });
}
