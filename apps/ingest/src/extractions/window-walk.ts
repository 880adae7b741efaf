/** A half-open window, in milliseconds since the epoch. */
export interface TimeWindow {
  from: number;
  to: number;
}

interface WindowWidths {
  narrowestMs: number;
  widestMs: number;
}

const ANY_WIDTH: WindowWidths = { narrowestMs: 1, widestMs: Infinity };
/** Share of a page that the next window should fill: traffic that doubles at dawn nearly fits. */
const AIM = 0.6;
const WIDEST_STEP = 4;

/**
 * Walks a range of time from its start to its end in windows as wide as the backend's page allows: split when a page was
 * full, widened again where traffic is thin. An empty range of any length is one window.
 */
export class WindowWalk {
  private cursor: number;
  private width: number;

  constructor(
    private readonly range: TimeWindow,
    private readonly widths = ANY_WIDTH,
  ) {
    this.cursor = range.from;
    this.width = this.bounded(range.to - range.from);
  }

  /** What to read next; null at the end. */
  get window(): TimeWindow | null {
    if (this.cursor >= this.range.to) return null;
    return { from: this.cursor, to: Math.min(this.cursor + this.width, this.range.to) };
  }

  /** The window was read. @param filled share of a page that it took, 0..1 */
  advance(filled: number): void {
    const { window } = this;
    if (!window) return;
    this.cursor = window.to;
    const factor = Math.min(Math.max(AIM / filled, 1 / WIDEST_STEP), WIDEST_STEP);
    this.width = this.bounded(this.width * factor);
  }

  /** The window holds more than a page: it becomes its first half (or fourth). False when it is as narrow as it gets. */
  narrow(parts: 2 | 4, floorMs = this.widths.narrowestMs): boolean {
    const { window } = this;
    const width = window === null ? 0 : window.to - window.from;
    if (width <= floorMs) return false;
    this.width = this.bounded(width / parts);
    return true;
  }

  /** Goes on behind windows that were read before. @param width of the last of them */
  resumeAt(cursor: number, width: number): void {
    this.cursor = Math.max(cursor, this.range.from);
    this.width = this.bounded(width);
  }

  private bounded(width: number): number {
    return Math.max(Math.min(Math.ceil(width), this.widths.widestMs), this.widths.narrowestMs);
  }
}
