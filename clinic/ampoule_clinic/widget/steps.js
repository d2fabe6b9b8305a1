// What is asked for in a hand-off, in the assistant's order.

export const STEPS = ["patient", "name", "birth_date", "contact", "about", "consent"];
