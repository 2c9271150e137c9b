// ABX: the server draws X and counts; here it is only fetched, heard and answered.

const element = (id) => document.getElementById(id);

async function ask(wish) {
  const reply = await fetch("abx", { method: "POST", body: JSON.stringify(wish) });
  if (!reply.ok) throw new Error(`the workbench answers ${reply.status}: is it still running?`);
  return reply.json();
}

export class Abx {
  // `shown(names)` is told what may be heard; `fetched(name)` gives a decoded sound.
  constructor(player, fetched, shown) {
    Object.assign(this, { player, fetched, shown, under: false, void: "" });
    element("abx").hidden = false;
    element("abx-begin").onclick = () => this.#step({ type: "begin" });
    element("abx-a").onclick = () => this.#step({ type: "answer", said: 0 });
    element("abx-b").onclick = () => this.#step({ type: "answer", said: 1 });
    element("abx-end").onclick = () => this.#step({ type: "give up" });
    // A sound that stuttered is told apart by its stutter.
    player.context.addEventListener("statechange", () => {
      if (this.under && player.context.state !== "running") this.void = `the sound stopped (${player.context.state})`;
    });
  }

  async #step(wish) {
    this.#enable(false, true);
    try {
      await this.#show(await ask(wish.type === "answer" && this.void ? { ...wish, void: this.void } : wish));
    } catch (error) {
      element("abx-says").textContent = error.message;
      this.#enable(false, false);
    }
  }

  async #show(state) {
    const voided = this.void;
    this.under = !state.over;
    this.void = "";
    if (state.over) {
      this.player.switch("a");
      this.shown(["a", "b", "difference"]);
      element("abx-says").textContent = state.finding ? `${state.finding} · seed ${state.seed}` : "";
      return this.#enable(false, false);
    }
    this.player.replace("x", await this.fetched(state.x));
    this.shown(["a", "b", "x"]);
    this.player.switch("x");
    element("abx-says").textContent = `trial ${state.trial} of ${state.trials}: is X A or B?`
      + (voided ? ` The one before does not count: ${voided}.` : "");
    this.#enable(true, false);
  }

  #enable(answering, busy) {
    element("abx-begin").disabled = answering || busy;
    for (const id of ["abx-a", "abx-b", "abx-end"]) element(id).disabled = !answering;
  }
}
