"use strict";
// Shows the detail of a norm or principle, filters norms and calendar, and draws the long tables when they are first
// needed. Text from sources only ever becomes text, never markup.
const data = JSON.parse(document.getElementById("data").textContent);
const { words, symbols, t } = data;
const at = (id) => document.getElementById(id);
const norms = Object.values(data.norms);

function el(tag, content, attributes) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) if (value) node.setAttribute(name, value);
  for (const part of [content].flat()) if (part !== null && part !== undefined && part !== "") node.append(part);
  return node;
}
const badge = (status) => el("span", [el("span", symbols[status] || "", { "aria-hidden": "true" }), ` ${words[status] || status}`], { class: `badge ${status}` });
const sentence = (...parts) => parts.filter(Boolean).join(" · ");
const opener = (id, label) => el("button", label, { type: "button", class: "link", "data-norm": id });
const table = (head, rows) => el("table", [
  el("thead", el("tr", head.map((name) => el("th", name, { scope: "col" })))),
  el("tbody", rows.map((cells) => el("tr", cells.map((cell, place) => el("td", cell, place ? {} : { class: "day" }))))),
]);

// The detail: a walk from norm or principle to test to evidence. The address of the page remembers where one is.
const dialog = at("detail");
const walked = [];

function evidenceList(test) {
  if (!test.evidence.length) return null;
  const items = test.evidence.map((number) => {
    const [name, kind, day, source, file, sheet, row] = data.evidence[number];
    const place = [source, file, sheet && `${t.sheet} ${sheet}`, row && `${t.row} ${row}`].filter(Boolean).join(", ");
    const mark = test.marks[number];
    return el("li", [mark && el("strong", `[${mark}] `), `${name} (${sentence(kind, day)})`, el("span", place, { class: "place" })]);
  });
  const more = test.selected > items.length ? el("p", `${t.shown}: ${items.length} ${t.of} ${test.selected} ${t.n_records}`, { class: "place" }) : null;
  return [more, el("ul", items, { class: "evidence" })];
}
function showTest(test) {
  return el("div", [
    el("p", [badge(test.result), ` ${words[test.aspect] || ""}: ${test.sentence}`]),
    el("p", sentence(test.reason, test.basis && `${t.basis.toLowerCase()}: ${test.basis}`, test.expires && `${t.expires} ${test.expires}`), { class: "place" }),
    el("p", sentence(`${t.measured_by}: ${test.measured_by}`, test.override && `${t.override}: ${test.override}`), { class: "place" }),
    evidenceList(test),
  ].flat(), { class: "test" });
}
const aspectsOf = (results) => el("p", ["design", "existence", "operation"].flatMap((name, place) => [el("span", [`${words[name]}: `, badge(results[place])]), " "]), { class: "aspects" });

function showMeasure(measure) {
  const known = `${measure.known[0]} ${t.of} ${measure.known[1]} ${t.tests}`;
  const parts = [
    el("h3", `${measure.number} ${measure.title}`),
    el("p", [badge(measure.status), " ", sentence(measure.gap, measure.basis && `${t.basis.toLowerCase()}: ${measure.basis}`, known, measure.expires && `${t.expires} ${measure.expires}`)]),
    el("p", measure.summary),
  ];
  if (measure.official) parts.push(el("p", `${t.official}: ${measure.official}`));
  if (measure.excepted.length) parts.push(el("p", `${t.excepted} ${measure.excepted[0]}: ${measure.excepted[1]}`));
  if (measure.applicability) parts.push(el("p", `${t.applicability}: ${measure.applicability}`));
  if (measure.applicability_note) parts.push(el("p", `${t.applicability}: ${measure.applicability_note}`, { class: "warn" }));
  for (const [action, day, owner] of measure.improvements) parts.push(el("p", `${t.improvement}: ${sentence(action, day, owner)}`));
  return el("section", [...parts, ...measure.tests.map(showTest)], { class: "measure" });
}
function showNorm(id) {
  const norm = data.norms[id];
  const steered = data.principles.filter((one) => one.controls.includes(id));
  return [`${norm.number} ${norm.title}`, [
    el("p", [badge(norm.status), " ", sentence(norm.gap, norm.basis && `${t.basis.toLowerCase()}: ${norm.basis}`, norm.expires && `${t.expires} ${norm.expires}`, norm.owners.length && `${t.owner.toLowerCase()}: ${norm.owners.join(", ")}`)]),
    aspectsOf(norm.aspects),
    norm.questions.length ? el("p", `${t.questions}: ${norm.questions.join("; ")}`, { class: "place" }) : null,
    steered.length ? el("p", [`${t.principles}: `, ...steered.flatMap((one) => [el("button", `${one.id} ${one.title}`, { type: "button", class: "link", "data-principle": String(data.principles.indexOf(one)) }), " "])], { class: "place" }) : null,
    ...norm.measures.map(showMeasure),
  ]];
}
function showPrinciple(index) {
  const one = data.principles[index];
  const indicators = one.indicators.map((item) => el("div", [
    el("p", [badge(item.colour), ` ${item.name}: `, el("strong", item.value || "–"), item.key ? ` (${t.key})` : ""]),
    el("p", sentence(item.reason, `${words.groen} ${item.green}`, `${words.oranje} ${item.amber}`, item.override && `${t.override}: ${item.override}`), { class: "place" }),
    evidenceList(item),
  ].flat(), { class: "test" }));
  const rows = one.controls.filter((id) => data.norms[id]).map((id) => [opener(id, data.norms[id].number), data.norms[id].title, badge(data.norms[id].status)]);
  return [`${one.id} ${one.title}`, [
    el("p", [badge(one.status), " ", sentence(one.score && `${t.score} ${one.score}`, `${t.known} ${one.coverage}`, one.trend && t[one.trend])]),
    el("h3", t.indicators), ...indicators,
    rows.length ? el("h3", t.related) : null, rows.length ? table([t.norm, t.norm_title, t.status], rows) : null,
  ]];
}
function render() {
  const [kind, key] = walked[walked.length - 1];
  const [heading, parts] = kind === "norm" ? showNorm(key) : showPrinciple(Number(key));
  at("detail-title").textContent = heading;
  at("detail-body").replaceChildren(...parts.filter(Boolean));
  at("back").hidden = walked.length < 2;
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  at("detail-title").focus();
  history.replaceState(null, "", `#${kind}=${encodeURIComponent(key)}`);
}
function show(kind, key) {
  walked.push([kind, key]);
  render();
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-norm], [data-principle]");
  if (!button) return;
  if (button.dataset.norm) show("norm", button.dataset.norm);
  else show("principle", button.dataset.principle);
});
at("back").addEventListener("click", () => { walked.pop(); render(); });
at("close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
dialog.addEventListener("close", () => {
  walked.length = 0;
  history.replaceState(null, "", location.href.split("#")[0]);
});
function openFromAddress() {
  const found = /^#(norm|principle)=(.+)$/.exec(location.hash);
  if (!found) return;
  const key = decodeURIComponent(found[2]);
  if (found[1] === "norm" ? data.norms[key] : data.principles[key]) { walked.length = 0; show(found[1], key); }
}
window.addEventListener("hashchange", openFromAddress);

// Search and filters, for the map, the list and the calendar alike.
const fields = ["text", "theme", "status", "basis", "owner", "within"];
const indexed = new Map();
function textOf(norm) {
  if (!indexed.has(norm.id)) {
    const tests = norm.measures.flatMap((measure) => measure.tests);
    indexed.set(norm.id, [
      norm.number, norm.title, ...norm.owners, ...norm.measures.flatMap((measure) => [measure.number, measure.title, measure.summary]),
      ...tests.map((test) => test.sentence), ...tests.flatMap((test) => test.evidence.flatMap((number) => data.evidence[number])),
    ].join(" ").toLowerCase());
  }
  return indexed.get(norm.id);
}
let shown = new Set(norms.map((norm) => norm.id));
function fits(norm, wanted) {
  return (!wanted.theme || norm.theme === wanted.theme || norm.framework === wanted.theme)
    && (!wanted.status || norm.status === wanted.status) && (!wanted.basis || norm.basis === wanted.basis)
    && (!wanted.owner || norm.owners.includes(wanted.owner))
    && (!wanted.within || (norm.left !== null && norm.left <= Number(wanted.within)))
    && wanted.text.toLowerCase().split(/\s+/).every((part) => textOf(norm).includes(part));
}
function filter() {
  const wanted = Object.fromEntries(fields.map((name) => [name, at(`f-${name}`).value.trim()]));
  shown = new Set(norms.filter((norm) => fits(norm, wanted)).map((norm) => norm.id));
  for (const cell of document.querySelectorAll(".cell")) cell.parentElement.hidden = !shown.has(cell.dataset.norm);
  for (const theme of document.querySelectorAll(".theme")) theme.hidden = !theme.querySelector("li:not([hidden])");
  at("found").textContent = `${shown.size} ${t.of} ${norms.length} ${t.found}`;
  if (!at("list").hidden) fillList();
  data.months.forEach((_, place) => fillMonth(place));
}
for (const name of fields) at(`f-${name}`).addEventListener("input", filter);
const form = document.querySelector(".filters");
form.addEventListener("reset", () => setTimeout(filter));
form.addEventListener("submit", (event) => event.preventDefault());

function fillList() {
  const rows = norms.filter((norm) => shown.has(norm.id)).map((norm) => [
    opener(norm.id, norm.number), norm.title, badge(norm.status), ...norm.aspects.map((result) => words[result]),
    norm.basis || "–", norm.owners.join(", ") || "–", el("span", norm.expires || "–", { class: "day" }),
  ]);
  at("list").replaceChildren(rows.length ? table([t.norm, t.norm_title, t.status, ...["design", "existence", "operation"].map((name) => words[name][0].toUpperCase() + words[name].slice(1)), t.basis, t.owner, t.expires_head], rows) : el("p", t.none_found));
}
function view(list) {
  at("map").hidden = list;
  at("list").hidden = !list;
  at("v-map").setAttribute("aria-pressed", String(!list));
  at("v-list").setAttribute("aria-pressed", String(list));
  if (list) fillList();
}
at("v-map").addEventListener("click", () => view(false));
at("v-list").addEventListener("click", () => view(true));

// The calendar: the number of every month at once, its table when it is open.
function fillMonth(place) {
  const month = at(`month-${place}`);
  const items = data.months[place].items.filter((item) => shown.has(item[2]) || !data.norms[item[2]]);
  month.querySelector(".count").textContent = String(items.length);
  if (!month.open) return;
  const rows = items.map(([day, number, key, title, test, evidence, owner]) => [day, [data.norms[key] ? opener(key, number) : number, ` ${title}`], test, evidence, owner]);
  const content = rows.length ? el("div", table([t.day, t.norm, t.test, t.evidence, t.owner], rows), { class: "scroll", tabindex: "0", role: "region", "aria-label": data.months[place].title }) : el("p", t.nothing);
  month.querySelector(".month").replaceChildren(content);
}
data.months.forEach((_, place) => at(`month-${place}`).addEventListener("toggle", () => fillMonth(place)));
for (const link of document.querySelectorAll("[data-month]")) link.addEventListener("click", (event) => {
  event.preventDefault();
  const month = at(`month-${link.dataset.month}`);
  month.open = true;
  month.querySelector("summary").focus();
  month.scrollIntoView();
});

// A page says by itself that no night came after it: nobody makes it anew then.
const old = at("old");
old.hidden = Date.now() < Date.parse(old.dataset.oldAt);

const toggle = at("theme");
const isDark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
toggle.setAttribute("aria-pressed", String(isDark()));
toggle.addEventListener("click", () => {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  toggle.setAttribute("aria-pressed", String(isDark()));
});

// On paper everything is open: the list beside the map, every month, the numbers of the trend.
let before = null;
window.addEventListener("beforeprint", () => {
  before = { list: !at("list").hidden, closed: [...document.querySelectorAll("details:not([open])")] };
  before.closed.forEach((item) => { item.open = true; });
  data.months.forEach((_, place) => fillMonth(place));
  at("map").hidden = at("list").hidden = false;
  fillList();
});
window.addEventListener("afterprint", () => {
  before.closed.forEach((item) => { item.open = false; });
  view(before.list);
});
filter();
openFromAddress();
document.documentElement.dataset.ready = "yes";
