// Sounds that run side by side, one of them heard: a switch is a crossfade at the same position, so nothing restarts.

export const FADE = 0.01;
const SHORTEST_LOOP = 0.5;
const AHEAD = 0.05;

export class Player {
  // `buffers` by name, of one length and rate.
  constructor(context, buffers) {
    this.context = context;
    this.output = context.createGain();
    this.output.connect(context.destination);
    this.buffers = buffers;
    this.gains = {};
    this.nodes = [];
    this.playing = false;
    this.reached = 0;
    this.region = null;
    this.heard = Object.keys(buffers)[0];
    for (const name of Object.keys(buffers)) this.#channel(name);
  }

  get duration() { return this.buffers[this.heard].duration; }

  get position() {
    if (!this.playing) return this.reached;
    const at = Math.max(this.context.currentTime - this.began, this.reached);
    if (!this.region || at < this.region[1]) return Math.min(at, this.duration);
    const [first, last] = this.region;
    return first + ((at - first) % (last - first));
  }

  play() {
    if (this.playing) return;
    if (this.reached >= this.duration) this.reached = 0;
    this.#run(this.context.currentTime + AHEAD);
  }

  pause() {
    this.reached = this.position;
    this.#stop();
  }

  seek(seconds) {
    const going = this.playing;
    this.#stop();
    this.reached = Math.min(Math.max(seconds, 0), this.duration);
    if (this.region && (this.reached < this.region[0] || this.reached >= this.region[1])) this.reached = this.region[0];
    if (going) this.#run(this.context.currentTime + AHEAD);
  }

  switch(name) {
    const now = this.context.currentTime;
    for (const [each, { gain }] of Object.entries(this.gains)) {
      gain.cancelScheduledValues(now);
      gain.setValueAtTime(gain.value, now);
      gain.linearRampToValueAtTime(each === name ? 1 : 0, now + FADE);
    }
    this.heard = name;
  }

  // Repeats [first, last] in seconds, or nothing; says whether the region is long enough.
  loop(region) {
    if (region && region[1] - region[0] < SHORTEST_LOOP) return false;
    const at = this.position;
    this.region = region;
    this.seek(at);
    return true;
  }

  // Puts another sound under a name: what X is in the next trial.
  replace(name, buffer) {
    this.pause();
    this.buffers[name] = buffer;
    if (!(name in this.gains)) this.#channel(name);
  }

  #channel(name) {
    const gain = this.context.createGain();
    gain.gain.value = name === this.heard ? 1 : 0;
    gain.connect(this.output);
    this.gains[name] = gain;
  }

  #run(when) {
    this.nodes = Object.entries(this.buffers).map(([name, buffer]) => {
      const node = this.context.createBufferSource();
      node.buffer = buffer;
      if (this.region) [node.loop, node.loopStart, node.loopEnd] = [true, ...this.region];
      node.connect(this.gains[name]);
      node.start(when, this.reached);
      return node;
    });
    this.nodes[0].onended = () => { if (this.playing) this.pause(); };
    this.began = when - this.reached;
    this.playing = true;
  }

  #stop() {
    this.playing = false;
    for (const node of this.nodes) { node.onended = null; node.stop(); node.disconnect(); }
    this.nodes = [];
  }
}
