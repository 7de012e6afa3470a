import type { JoinStages } from './types.ts';

/** When each stage of joining was reached for the first time, from the moment of construction. */
export class StageClock {
  readonly #start = performance.now();
  #stages: JoinStages = {};

  get stages(): JoinStages {
    return this.#stages;
  }

  readonly mark = (name: keyof JoinStages): void => {
    if (name in this.#stages) return;
    this.#stages = { ...this.#stages, [name]: performance.now() - this.#start };
  };
}
