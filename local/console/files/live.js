// Adds rows to a table as they come, newest first. Without this script the table shows what was there when it was asked for.
// A cell is HTML that the server has escaped, as in the page itself.
const MOST_ROWS = 200;
const body = document.querySelector("tbody[data-stream]");
const heads = Array.from(body.closest("table").querySelectorAll("thead th"), (head) => head.textContent);
const state = document.getElementById("live-state");
const pause = document.createElement("button");
let isPaused = false;
let waiting = [];
let leftOut = 0;

function row(cells) {
  const made = document.createElement("tr");
  made.setAttribute("role", "row");
  cells.forEach((html, index) => {
    const cell = document.createElement(index === 0 ? "th" : "td");
    cell.setAttribute("role", index === 0 ? "rowheader" : "cell");
    if (index === 0) cell.setAttribute("scope", "row");
    else cell.dataset.label = heads[index];
    cell.innerHTML = html;
    made.append(cell);
  });
  return made;
}

function add(rows) {
  for (const cells of rows) body.prepend(row(cells));
  while (body.rows.length > MOST_ROWS) body.lastElementChild.remove();
}

function say(text) {
  if (state.textContent !== text) state.textContent = text;
}

function tell() {
  const all = leftOut ? `Live: too many to show all of them, ${leftOut} were left out.` : "Live: new rows appear at the top.";
  const paused = waiting.length ? `Paused: ${waiting.length} new ${waiting.length === 1 ? "row waits" : "rows wait"}.` : "Paused.";
  say(isPaused ? paused : all);
}

function show() {
  add(waiting);
  waiting = [];
  tell();
}

const events = new EventSource(body.dataset.stream);
events.addEventListener("all", (event) => {
  waiting = [];
  leftOut = 0;
  body.replaceChildren();
  add(JSON.parse(event.data).rows);
  tell();
});
events.addEventListener("more", (event) => {
  const more = JSON.parse(event.data);
  waiting = waiting.concat(more.rows).slice(-MOST_ROWS);
  leftOut += more.leftOut;
  if (isPaused) tell();
  else show();
});
events.addEventListener("error", () => say("The local cloud does not answer; trying again."));

pause.type = "button";
pause.textContent = "Pause";
pause.addEventListener("click", () => {
  isPaused = !isPaused;
  pause.textContent = isPaused ? "Go on" : "Pause";
  tell();
  if (!isPaused) show();
});
state.after(pause);
