// Draws the topology anew whenever it changed. Without this script the page shows it as it was when it was asked for.
// The HTML is the server's own, escaped there as in the page itself.
const picture = document.getElementById("picture");
const state = document.getElementById("live-state");

function say(text) {
  if (state.textContent !== text) state.textContent = text;
}

const events = new EventSource(picture.dataset.stream);
events.addEventListener("picture", (event) => {
  picture.innerHTML = JSON.parse(event.data).html;
  say("Live: the picture follows what changes.");
});
events.addEventListener("error", () => say("The local cloud does not answer; trying again."));
