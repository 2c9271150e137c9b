// The page: loads the sounds when a person asks for it, since a browser plays nothing before that.

import { Abx } from "./abx.js";
import { Player } from "./player.js";

const STEP = 0.5;
const LABELS = { a: "A", b: "B", difference: "A−B", x: "X" };
const element = (id) => document.getElementById(id);
const about = await (await fetch("about.json")).json();
const said = { a: 0, b: 1, difference: 2 };
let player = null;
let begins = null;

element("title").textContent = about.title || "listen";
element("applied").textContent = about.applied.join(" · ");
element("applied").hidden = !about.applied.length;
if (!about.injected) warn("The model's random numbers were not handed over: a difference means nothing here.");
element("start").onclick = start;
element("start").disabled = false;

function warn(text) {
  element("warning").textContent = text;
  element("warning").hidden = false;
}

async function start() {
  element("start").disabled = true;
  try {
    const context = new AudioContext({ sampleRate: about.rate });
    await context.resume();
    const fetched = async (name) => context.decodeAudioData(await (await fetch(name)).arrayBuffer());
    const [a, b, difference] = await Promise.all(["a.wav", "b.wav", "difference.wav"].map(fetched));
    player = window.player = new Player(context, { a, b, difference });
    window.abx = new Abx(player, fetched, show);
  } catch (error) {
    element("start").disabled = false;
    return warn(`The sounds could not be loaded: ${error.message}`);
  }
  element("start").hidden = true;
  element("player").hidden = false;
  show(["a", "b", "difference"]);
  wire();
  requestAnimationFrame(draw);
}

function show(names) {
  element("sources").replaceChildren(...names.map((name) => {
    const button = document.createElement("button");
    const [label, what, note] = ["b", "span", "small"].map((kind) => document.createElement(kind));
    button.type = "button";
    button.id = `hear-${name}`;
    button.onclick = () => player.switch(name);
    label.textContent = LABELS[name];
    what.textContent = about.names[said[name]] ?? "A or B";
    note.textContent = about.notes[said[name]] ?? "";
    button.append(label, what, note);
    return button;
  }));
}

function wire() {
  element("play").onclick = () => (player.playing ? player.pause() : player.play());
  element("position").oninput = (event) => player.seek(event.target.value * player.duration);
  element("loop-in").onclick = () => { begins = player.position; };
  element("loop-out").onclick = () => {
    if (!player.loop([begins ?? 0, player.position])) warn("A loop has to last 0.5 s at least.");
  };
  element("loop-off").onclick = () => { begins = null; player.loop(null); };
  document.addEventListener("keydown", (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? null : KEYS[event.key];
    if (act) { event.preventDefault(); act(); }
  });
}

const has = (name) => element(`hear-${name}`) !== null;
const hear = (name) => has(name) && player.switch(name);
const KEYS = {
  " ": () => element("play").click(),
  a: () => hear("a"),
  b: () => hear("b"),
  x: () => (has("x") ? hear("x") : hear(player.heard === "a" ? "b" : "a")),
  d: () => hear("difference"),
  ",": () => player.seek(player.position - STEP),
  ".": () => player.seek(player.position + STEP),
  "{": () => element("loop-in").click(),
  "}": () => element("loop-out").click(),
  "\\": () => element("loop-off").click(),
};

function draw() {
  element("play").textContent = player.playing ? "Pause" : "Play";
  element("time").textContent = `${player.position.toFixed(2)} / ${player.duration.toFixed(2)} s`;
  element("position").value = player.position / player.duration;
  element("loop-off").disabled = !player.region;
  element("region").textContent = player.region ? player.region.map((end) => end.toFixed(2)).join(" – ") + " s" : "";
  for (const button of element("sources").children) {
    button.setAttribute("aria-pressed", button.id === `hear-${player.heard}`);
  }
  requestAnimationFrame(draw);
}
