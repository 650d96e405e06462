"use strict";
const part = (id) => document.getElementById(id);
const grid = part("grid"), head = grid.tHead.rows[0], body = grid.tBodies[0], tools = part("tools"), controls = tools.elements;
const FIELDS = ["find", "assignment", "status", "check", "group", "whole"];
const columns = [...head.cells].map((heading) => heading.dataset.column);
const rows = [...body.rows].map((row, place) => ({ row, place, cells: [...row.cells].filter((cell) => "word" in cell.dataset) }));
const sheet = new CSSStyleSheet();
const order = { by: "", down: false };
document.adoptedStyleSheets = [sheet];

const value = (name) => controls[name] ? (controls[name].type === "checkbox" ? (controls[name].checked ? "1" : "") : controls[name].value) : "";
const textOf = (one) => (one.text ??= `${one.row.cells[0].textContent} ${one.row.lastElementChild.textContent} ${one.row.dataset.findings}`.toLowerCase());

const STATUS = {
  "": () => true,
  late: () => true, // which is said of a row
  review: (cell) => cell.word === "needs review",
  below: (cell) => cell.word !== "full marks",
  full: (cell) => cell.word === "full marks",
  nothing: (cell) => cell.word === "graded" && cell.sort === "0",
  "not-graded": (cell) => cell.word === "not graded",
  "not-found": (cell) => cell.word === "not found",
};

function filter() {
  const words = value("find").trim().toLowerCase(), status = value("status"), check = value("check"), group = value("group");
  const only = Math.max(0, columns.indexOf(value("assignment")));
  const fitsCell = ({ dataset }) => STATUS[status](dataset)
    && (!check || dataset.failed.split(" ").includes(check)) && (!group || dataset.group === group);
  let count = 0;
  for (const one of rows) {
    const looked = only ? [one.row.cells[only]] : one.cells;
    const there = !only || status === "not-found" || looked[0].dataset.word !== "not found";
    const fits = there && (status !== "late" || "late" in one.row.dataset) && (!words || textOf(one).includes(words)) && (!looked.length || looked.some(fitsCell));
    one.row.hidden = !fits;
    count += fits;
  }
  const last = rows.length ? rows[0].cells.length + 1 : 0;
  sheet.replaceSync(only ? `#grid :is(th, td):nth-child(n+2):nth-child(-n+${last}):not(:nth-child(${only + 1})) { display: none }` : "");
  grid.classList.toggle("whole", value("whole") === "1");
  part("shown").textContent = `${count} of ${rows.length} shown`;
}

function sort() {
  const column = columns.indexOf(order.by), turn = order.down ? -1 : 1;
  const key = ({ dataset, textContent }) => "sort" in dataset ? Number(dataset.sort) : textContent.trim().toLowerCase();
  const keyed = rows.map((one) => [column < 0 ? one.place : key(one.row.cells[column]), one]);
  const blank = (key) => key === "" || key === -1;
  keyed.sort(([a, one], [b, other]) => blank(a) - blank(b)
    || turn * (typeof a === "string" ? a.localeCompare(b) : a - b) || one.place - other.place);
  const sorted = document.createDocumentFragment();
  for (const [, one] of keyed) sorted.append(one.row);
  body.append(sorted);
  for (const [place, heading] of [...head.cells].entries()) {
    if (place === column) heading.setAttribute("aria-sort", order.down ? "descending" : "ascending");
    else heading.removeAttribute("aria-sort");
  }
}

function keep() {
  const state = new URLSearchParams();
  for (const name of FIELDS) if (value(name)) state.set(name, value(name));
  if (order.by) state.set("sort", order.down ? `-${order.by}` : order.by);
  history.replaceState(null, "", `#${state.size ? state : "submissions"}`);
}

function restore() {
  if (!location.hash.includes("=")) return;
  const state = new URLSearchParams(location.hash.slice(1)), by = state.get("sort") ?? "";
  for (const name of FIELDS) {
    const control = controls[name], wanted = state.get(name) ?? "";
    if (!control) continue;
    if (control.type === "checkbox") { control.checked = wanted === "1"; continue; }
    const known = control.tagName !== "SELECT" || [...control.options].some((one) => one.value === wanted);
    if (!known && name !== "status") control.add(new Option(wanted, wanted));
    control.value = known || name !== "status" ? wanted : "";
  }
  const down = by.startsWith("-"), name = down ? by.slice(1) : by;
  if (name !== order.by || down !== order.down) { Object.assign(order, { by: name, down }); sort(); }
  filter();
  part("submissions").scrollIntoView();
}

for (const [column, heading] of [...head.cells].entries()) {
  const button = document.createElement("button");
  button.textContent = heading.textContent;
  button.type = "button";
  button.addEventListener("click", () => {
    const down = order.by === columns[column] && !order.down;
    Object.assign(order, { by: columns[column], down });
    sort();
    keep();
  });
  heading.replaceChildren(button);
}
tools.addEventListener("input", () => { filter(); keep(); });
tools.addEventListener("submit", (event) => event.preventDefault());
tools.addEventListener("reset", () => setTimeout(() => { order.by = ""; order.down = false; sort(); filter(); keep(); }));
addEventListener("hashchange", restore);
tools.hidden = false;
filter();
restore();
