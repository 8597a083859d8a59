"use strict";
// Shows the detail of a norm or principle, and filters the norms. Text from sources only ever becomes text, never markup.
const data = JSON.parse(document.getElementById("data").textContent);
const { words, symbols, t } = data;
const dialog = document.getElementById("detail");
const title = document.getElementById("detail-title");
const body = document.getElementById("detail-body");

function el(tag, content, cls) {
  const node = document.createElement(tag);
  if (cls) node.className = cls;
  for (const part of [content].flat()) if (part !== null && part !== undefined && part !== "") node.append(part);
  return node;
}
const badge = (status) => el("span", `${symbols[status] || ""} ${words[status] || status}`, `badge ${status}`);
const sentence = (...parts) => parts.filter(Boolean).join(" · ");

function evidenceList(numbers) {
  if (!numbers.length) return null;
  const list = el("ul", "");
  for (const number of numbers) {
    const [name, kind, day, source, file, sheet, row] = data.evidence[number];
    const place = [source, file, sheet && `${t.sheet} ${sheet}`, row && `${t.row} ${row}`].filter(Boolean).join(", ");
    list.append(el("li", [`${name} (${sentence(kind, day)}) `, el("span", place, "place")]));
  }
  return list;
}
function showTest(test) {
  return el("div", [
    el("p", [badge(test.result), ` ${words[test.aspect] || ""}: ${test.sentence}`]),
    el("p", sentence(test.reason, test.basis && `${t.basis}: ${test.basis}`, test.expires && `${t.expires}: ${test.expires}`), "place"),
    el("p", sentence(`${t.measured_by}: ${test.measured_by}`, test.override && `${t.override}: ${test.override}`), "place"),
    evidenceList(test.evidence),
  ], "test");
}
function showMeasure(measure) {
  const known = `${measure.known[0]} ${t.of} ${measure.known[1]} ${t.tests_known}`;
  const parts = [
    el("h3", `${measure.number} ${measure.title}`),
    el("p", [badge(measure.status), " ", sentence(measure.basis && `${t.basis}: ${measure.basis}`, known, measure.expires && `${t.expires}: ${measure.expires}`)]),
    el("p", measure.summary),
  ];
  if (measure.official) parts.push(el("p", `${t.official}: ${measure.official}`));
  if (measure.excepted.length) parts.push(el("p", `${t.excepted} ${measure.excepted[0]}: ${measure.excepted[1]}`));
  if (measure.applicability) parts.push(el("p", `${t.applicability}: ${measure.applicability}`));
  if (measure.applicability_note) parts.push(el("p", measure.applicability_note, "warn"));
  for (const [action, day, owner] of measure.improvements) parts.push(el("p", `${t.improvement}: ${sentence(action, day, owner)}`));
  return el("section", [...parts, ...measure.tests.map(showTest)], "measure");
}
function showNorm(id) {
  const norm = data.norms[id];
  title.textContent = `${norm.number} ${norm.title}`;
  body.replaceChildren(
    el("p", [badge(norm.status), " ", sentence(norm.basis && `${t.basis}: ${norm.basis}`, norm.expires && `${t.expires}: ${norm.expires}`, norm.owners.length && `${t.owner}: ${norm.owners.join(", ")}`)]),
    ...norm.measures.map(showMeasure),
  );
  open();
}
function showPrinciple(index) {
  const one = data.principles[index];
  title.textContent = `${one.id} ${one.title}`;
  const rows = one.indicators.map((item) => el("div", [
    el("p", [badge(item.colour), ` ${item.name}: ${item.value || "–"}`]),
    el("p", sentence(item.reason, `${words.groen} ${item.green}`, `${words.oranje} ${item.amber}`, item.key && t.key, item.override && `${t.override}: ${item.override}`), "place"),
    evidenceList(item.evidence),
  ], "test"));
  const controls = el("p", `${t.controls}: `);
  for (const id of one.controls) {
    if (!data.norms[id]) continue;
    const link = el("button", `${data.norms[id].number} ${symbols[data.norms[id].status]}`, "link");
    link.type = "button";
    link.setAttribute("aria-label", `${data.norms[id].number} ${data.norms[id].title}: ${words[data.norms[id].status]}`);
    link.addEventListener("click", () => showNorm(id));
    controls.append(link, " ");
  }
  body.replaceChildren(el("p", [badge(one.status), " ", sentence(one.score && `${t.score} ${one.score}`, `${t.known} ${one.coverage}`)]), ...rows, controls);
  open();
}
function open() {
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  title.focus();
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-norm], [data-principle]");
  if (!button) return;
  if (button.dataset.norm) showNorm(button.dataset.norm);
  else showPrinciple(Number(button.dataset.principle));
});
document.getElementById("close").addEventListener("click", () => dialog.close());

const text = document.getElementById("f-text");
const status = document.getElementById("f-status");
const owner = document.getElementById("f-owner");
function filter() {
  const wanted = text.value.trim().toLowerCase();
  let found = 0;
  for (const cell of document.querySelectorAll(".cell")) {
    const norm = data.norms[cell.dataset.norm];
    const words = [norm.number, norm.title, ...norm.measures.flatMap((m) => [m.number, m.title, m.summary])].join(" ").toLowerCase();
    const fits = words.includes(wanted) && (!status.value || norm.status === status.value) && (!owner.value || norm.owners.includes(owner.value));
    cell.parentElement.hidden = !fits;
    found += fits;
  }
  document.getElementById("found").textContent = `${found} ${t.found}`;
}
for (const field of [text, status, owner]) field.addEventListener("input", filter);
document.querySelector(".filters").addEventListener("reset", () => setTimeout(filter));
document.querySelector(".filters").addEventListener("submit", (event) => event.preventDefault());
filter();

const toggle = document.getElementById("theme");
const isDark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
toggle.setAttribute("aria-pressed", String(isDark()));
toggle.addEventListener("click", () => {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  toggle.setAttribute("aria-pressed", String(isDark()));
});
window.addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((item) => { item.open = true; }));
document.documentElement.dataset.ready = "yes";
