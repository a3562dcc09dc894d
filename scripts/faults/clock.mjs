/** Loaded before a server where libfaketime is not at hand: its clock is off by the seconds that a file says. */
import { readFileSync } from "node:fs";

const LOOK_MS = 250;

const file = process.env.CLOCK_FILE ?? "";
const Real = Date;
let offsetMs = 0;

function look() {
  offsetMs = Number.parseInt(readFileSync(file, "utf8"), 10) * 1000;
}

look();
setInterval(look, LOOK_MS).unref();

class Skewed extends Real {
  constructor(...args) {
    if (args.length === 0) super(Real.now() + offsetMs);
    else super(...args);
  }

  static now() {
    return Real.now() + offsetMs;
  }
}

Object.defineProperty(Skewed, "name", { value: Real.name });
globalThis.Date = Skewed;
