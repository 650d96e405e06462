"use strict";
const part = (id) => document.getElementById(id);
const data = JSON.parse(part("data").textContent);
const grid = part("grid"), body = grid.tBodies[0], tools = part("tools"), controls = tools.elements;
const FIELDS = ["find", "assignment", "status", "check", "group", "whole"];
const columns = ["name", ...data.assignments, "total", ...(data.late ? ["late"] : []), "remarks"];
const rows = [...body.rows].map((row, place) => ({ row, place, cells: data.rows[place][0], total: data.rows[place][1], states: data.rows[place][2] }));
const sheet = new CSSStyleSheet();
const order = { by: "", down: false };
document.adoptedStyleSheets = [sheet];

const value = (name) => controls[name] ? (controls[name].type === "checkbox" ? (controls[name].checked ? "1" : "") : controls[name].value) : "";
const textOf = (one) => (one.text ??= `${one.row.cells[0].textContent} ${one.row.lastElementChild.textContent}`.toLowerCase());

const STATUS = {
  "": () => true,
  review: ([word]) => word === "needs review",
  below: ([word]) => word !== "full marks",
  full: ([word]) => word === "full marks",
  nothing: ([word, score]) => word === "graded" && score === 0,
  "not-graded": ([word]) => word === "not graded",
  "not-found": ([word]) => word === "not found",
};

function filter() {
  const words = value("find").trim().toLowerCase(), status = value("status"), group = value("group");
  const only = data.assignments.indexOf(value("assignment")), check = data.checks.indexOf(value("check"));
  const said = new Set(words ? [...data.messages.keys()].filter((number) => data.messages[number].includes(words)) : []);
  const ofRow = status === "late" || status === "similar";
  const fitsCell = (cell, named) => (ofRow || STATUS[status](cell)) && (!value("check") || cell[2].includes(check))
    && (!group || cell[3] === group) && (named || cell[4].some((number) => said.has(number)));
  let count = 0;
  for (const one of rows) {
    const named = !words || textOf(one).includes(words);
    const looked = only < 0 ? one.cells : [one.cells[only]];
    const there = only < 0 || status === "not-found" || looked[0][0] !== "not found";
    const fits = there && (!ofRow || one.states.includes(status)) && (looked.length ? looked.some((cell) => fitsCell(cell, named)) : named);
    one.row.hidden = !fits;
    count += fits;
  }
  const last = data.assignments.length + 1;
  sheet.replaceSync(only < 0 ? "" : `#grid :is(th, td):nth-child(n+2):nth-child(-n+${last}):not(:nth-child(${only + 2})) { display: none }`);
  grid.classList.toggle("whole", value("whole") === "1");
  part("shown").textContent = `${count} of ${rows.length} shown`;
}

function sort() {
  const column = columns.indexOf(order.by), turn = order.down ? -1 : 1;
  const text = (one) => one.row.cells[column].textContent.trim().toLowerCase();
  const figure = (one) => order.by === "total" ? one.total : one.cells[column - 1][1];
  const worded = ["name", "late", "remarks"].includes(order.by);
  const keyed = rows.map((one) => [column < 0 ? one.place : worded ? text(one) : figure(one), one]);
  const blank = (key) => key === "" || key === -1;
  keyed.sort(([a, one], [b, other]) => blank(a) - blank(b)
    || turn * (typeof a === "string" ? a.localeCompare(b) : a - b) || one.place - other.place);
  const sorted = document.createDocumentFragment();
  for (const [, one] of keyed) sorted.append(one.row);
  body.append(sorted);
  for (const [place, heading] of [...grid.tHead.rows[0].cells].entries()) {
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

for (const [column, heading] of [...grid.tHead.rows[0].cells].entries()) {
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
