// The small form that goes with a hand-off: who asks, and how the clinic can reach them.

import { CONFIG } from "./config.js";
import { element } from "./dom.js";

/** @typedef {import("./types.js").Details} Details */

/**
 * @param {string[]} steps what is still to be asked: of patient, name, birth_date, contact, about, consent
 * @param {(details: Details) => Promise<import("./types.js").Problem|null>} pass hands the details over; null once that is done
 * @returns {HTMLFormElement}
 */
export function contactForm(steps, pass) {
  const words = CONFIG.words;
  const fields = {
    patient: () => either("patient", words.ask_patient, { yes: words.patient_yes, no: words.patient_no }),
    name: () => line("name", words.ask_name, { autocomplete: "name" }),
    birth_date: () => line("birth_date", words.form_birth_date, { type: "date", autocomplete: "bday" }),
    contact: () => line("contact", words.ask_contact, { autocomplete: "tel" }),
    about: () => either("about", words.ask_about, { self: words.about_me, other: words.about_other }),
    consent: () => field("consent", "div",
      element("label", {}, control("consent", { type: "checkbox", value: "yes" }), element("span", { text: words.form_consent }))),
  };
  const submit = element("button", { type: "submit", text: words.consent_yes });
  const problem = element("p", { className: "error", role: "alert" });
  const title = element("h3", { id: "form-title", text: words.form_title });
  const form = element("form", { className: "form", noValidate: true, "aria-labelledby": title.id }, title,
    ...steps.map((step) => fields[/** @type {keyof typeof fields} */ (step)]()), problem, submit);

  form.addEventListener("change", () => {
    const stranger = form.elements.patient?.value === "no";
    for (const part of form.querySelectorAll("[data-step]:not([data-step=patient])")) part.hidden = stranger;
  });
  form.addEventListener("submit", async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    const details = /** @type {Details} */ (Object.fromEntries(new FormData(form)));
    const wrong = steps.filter((step) => !(details.patient === "no" && step !== "patient") && !complete(step, details[step]));
    for (const step of steps) explain(form, step, wrong.includes(step) ? words[`invalid_${step}`] ?? words.form_choose : "");
    if (wrong.length) return form.elements[wrong[0]][0]?.focus() ?? form.elements[wrong[0]].focus();
    form.ariaBusy = "true";
    problem.textContent = "";
    const left = await pass(details);
    form.ariaBusy = "false";
    if (!left) return;
    const place = left.step && form.elements[left.step];
    if (place) explain(form, left.step ?? "", left.text);
    else problem.textContent = left.text;
    if (place) (place.focus ? place : place[0]).focus();
  });
  return form;
}

/** Whether a field looks filled in; the service judges what it says. @param {string} step @param {string} [value] */
function complete(step, value = "") {
  if (step === "name") return /\S\s+\S/.test(value.trim());
  if (step === "birth_date") return value > "1890" && value <= new Date().toISOString().slice(0, 10);
  if (step === "contact") return value.includes("@") || value.replace(/\D/g, "").length >= 7;
  return value !== "";
}

/** Say, or no longer say, what is wrong with a field. @param {any} form @param {string} step @param {string} text */
function explain(form, step, text) {
  const part = form.querySelector(`[data-step=${step}]`);
  part.querySelector(".error").textContent = text;
  for (const input of part.querySelectorAll("input")) input.setAttribute("aria-invalid", String(Boolean(text)));
}

/** @param {string} step @param {string} tag @param {...Node} children */
function field(step, tag, ...children) {
  return element(tag, { "data-step": step }, ...children, element("p", { className: "error", id: `wrong-${step}` }));
}

/** @param {string} step @param {object} properties */
function control(step, properties) {
  return element("input", { name: step, required: true, "aria-describedby": `wrong-${step}`, ...properties });
}

/** @param {string} step @param {string} label @param {object} properties */
function line(step, label, properties) {
  return field(step, "div", element("label", { htmlFor: `field-${step}`, text: label }), control(step, { id: `field-${step}`, ...properties }));
}

/** @param {string} step @param {string} legend @param {Record<string, string>} options */
function either(step, legend, options) {
  const labels = Object.entries(options).map(([value, text]) =>
    element("label", {}, control(step, { type: "radio", value }), element("span", { text })));
  return field(step, "fieldset", element("legend", { text: legend }), ...labels);
}
