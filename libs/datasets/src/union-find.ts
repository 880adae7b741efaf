/** Joins indices 0..size-1 into classes. Which index represents a class depends on the order of joins; the classes do not. */
export class UnionFind {
  private readonly parent: Int32Array;

  constructor(size: number) {
    this.parent = Int32Array.from({ length: size }, (_, index) => index);
  }

  find(index: number): number {
    let root = index;
    let above = this.parent[root] ?? root;
    while (above !== root) {
      this.parent[root] = this.parent[above] ?? above;
      root = above;
      above = this.parent[root] ?? root;
    }
    return root;
  }

  join(left: number, right: number): void {
    this.parent[this.find(left)] = this.find(right);
  }
}
