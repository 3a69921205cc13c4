interface Entry<Event> {
  readonly atSeconds: number;
  readonly sequence: number;
  readonly event: Event;
}

/** Events in order of time; those of one moment in the order in which they were added. */
export class EventQueue<Event> {
  private readonly heap: Entry<Event>[] = [];
  private added = 0;

  add(atSeconds: number, event: Event): void {
    this.added += 1;
    this.heap.push({ atSeconds, sequence: this.added, event });
    this.rise(this.heap.length - 1);
  }

  /** When the next event is due; undefined when there is none. */
  nextSeconds(): number | undefined {
    return this.heap[0]?.atSeconds;
  }

  take(): Event | undefined {
    const first = this.heap[0];
    const last = this.heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (this.heap.length > 0) {
      this.heap[0] = last;
      this.sink();
    }
    return first.event;
  }

  private rise(start: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.swapIfLater(parent, at)) return;
      at = parent;
    }
  }

  private sink(): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const child = this.isLater(left, right) ? right : left;
      if (!this.swapIfLater(at, child)) return;
      at = child;
    }
  }

  private isLater(one: number, other: number): boolean {
    const [left, right] = [this.heap[one], this.heap[other]];
    if (left === undefined || right === undefined) return false;
    return left.atSeconds > right.atSeconds || (left.atSeconds === right.atSeconds && left.sequence > right.sequence);
  }

  private swapIfLater(upper: number, lower: number): boolean {
    const [one, other] = [this.heap[upper], this.heap[lower]];
    if (one === undefined || other === undefined || !this.isLater(upper, lower)) return false;
    this.heap[upper] = other;
    this.heap[lower] = one;
    return true;
  }
}
