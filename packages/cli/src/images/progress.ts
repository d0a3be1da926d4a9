import { Presets, SingleBar } from 'cli-progress';

/** One step that takes a while. */
export interface ProgressStep {
  /** @param share 0 to 1 */
  set(share: number): void;
  end(): void;
}

/** Tells the user what goes on. */
export interface Progress {
  note(text: string): void;
  step(title: string): ProgressStep;
}

/** A stream to tell it on: standard error. */
export interface ProgressStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
}

const TITLE_WIDTH = 34;

/** Bars on a terminal, plain lines elsewhere. */
export function makeProgress(stream: ProgressStream): Progress {
  return stream.isTTY === true ? new BarProgress(stream) : new LineProgress(stream);
}

class LineProgress implements Progress {
  readonly #stream: ProgressStream;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  note(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  step(title: string): ProgressStep {
    this.note(`${title} ...`);
    return { set: () => undefined, end: () => undefined };
  }
}

class BarProgress implements Progress {
  readonly #stream: ProgressStream;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  note(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  step(title: string): ProgressStep {
    const bar = new SingleBar({
      stream: this.#stream,
      format: `${title.padEnd(TITLE_WIDTH)} {bar} {percentage} %`,
      hideCursor: true,
      gracefulExit: false,
      barsize: 30,
    }, Presets.shades_classic);
    bar.start(1000, 0);
    let ended = false;
    return {
      set: (share) => {
        if (!ended) bar.update(Math.round(Math.min(1, Math.max(0, share)) * 1000));
      },
      end: () => {
        if (ended) return;
        ended = true;
        bar.update(1000);
        bar.stop();
      },
    };
  }
}
