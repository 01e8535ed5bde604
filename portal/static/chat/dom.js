// Small things all parts of the chat use: elements, texts with values, times in the reader's language.
export const RTL = new Set(["ar", "fa", "ur", "ps", "prs", "he", "ckb"]);
export const uuid = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export const make = (name, attributes = {}, ...inside) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...inside);
  return element;
};
export const button = (label, onclick, look = "") => make("button", { type: "button", class: look || null, onclick }, label);

export const ASLEEP = 90000; // ms without a sign of the own clock: this machine slept

// The hotline "Working and Living in Germany"; it stands here because it is shown too where nothing can be fetched
const HOTLINE = "+49 30 1815-1111";
export const hotline = () => make("a", { href: `tel:${HOTLINE.replace(/[^+\d]/g, "")}`, dir: "ltr" }, HOTLINE);

// Dates and numbers as the reader's language writes them; English as in Europe, the day first
export const locale = (language) => language === "en" ? "en-GB" : language;

const right_to_left = (text) => /[\u0590-\u08ff]/.test(text);
// "{name}" by its value; a value of the other writing direction is set apart, so that neither gets out of order
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => {
  const value = String(values[key] ?? "");
  return /\p{L}/u.test(value) && right_to_left(value) !== right_to_left(text) ? `\u2068${value}\u2069` : value;
});

// German time: that is what an office's door says
export const when = (iso, language, time = true) => new Date(iso).toLocaleString(locale(language), { timeZone: "Europe/Berlin",
  ...(time ? { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" } : { dateStyle: "long" }) });

export const paragraphs = (text, language) => make("div", { lang: language, dir: RTL.has(language) ? "rtl" : "ltr" }, ...text.split(/\n+/).map((line) => make("p", {}, line)));

// A field whose text outlives a new drawing in another language
export const field = (chat, name, label, attributes = {}) => {
  const { tag = "input", ...rest } = attributes;
  const input = make(tag, { id: name, name, ...rest, oninput: () => { chat.typed[name] = input.value; } });
  input.value = chat.typed[name] ?? "";
  return [make("label", { for: name }, label), input];
};

// Bytes as kilobytes or megabytes
export const writtenSize = (bytes, language) => new Intl.NumberFormat(locale(language), { style: "unit", unit: bytes < 1e6 ? "kilobyte" : "megabyte",
  maximumFractionDigits: bytes < 1e6 ? 0 : 1 }).format(bytes < 1e6 ? Math.max(1, bytes / 1e3) : bytes / 1e6);
