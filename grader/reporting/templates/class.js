"use strict";
const grid = document.getElementById("grid"), body = grid.tBodies[0], rows = [...body.rows];
const find = document.getElementById("find"), show = document.getElementById("show");

function filter() {
  const words = find.value.toLowerCase();
  let count = 0;
  for (const row of rows) {
    const states = row.dataset.states.split(" ");
    const fits = show.value === "" || states.includes(show.value)
      || (show.value === "below" && states.some((state) => state !== "full"));
    row.hidden = !(fits && row.cells[0].textContent.toLowerCase().includes(words));
    count += !row.hidden;
  }
  document.getElementById("shown").textContent = `${count} of ${rows.length} shown`;
}

function sort(heading, column) {
  const down = heading.getAttribute("aria-sort") === "ascending", turn = down ? -1 : 1;
  const key = (row) => row.cells[column].dataset.sort;
  rows.sort((a, b) => turn * (column ? key(a) - key(b) : key(a).localeCompare(key(b))));
  body.append(...rows);
  for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", down ? "descending" : "ascending");
}

for (const [column, heading] of [...grid.tHead.rows[0].cells].entries()) {
  const button = document.createElement("button");
  button.textContent = heading.textContent;
  button.type = "button";
  button.addEventListener("click", () => sort(heading, column));
  heading.replaceChildren(button);
}
find.addEventListener("input", filter);
show.addEventListener("change", filter);
document.getElementById("tools").addEventListener("submit", (event) => event.preventDefault());
document.getElementById("tools").hidden = false;
