import type { Scan } from './scan.ts';

/**
 * Control flow of a function with backward branches: reverse postorder, dominator tree (Cooper, Harvey, Kennedy), merge
 * nodes and loop headers, as the structured emitter needs them (Ramsey, "Beyond Relooper", 2022). Blocks are those of a
 * Scan; unreachable ones do not appear. In an irreducible graph, a dispatch node is put before the several entries of
 * each offending loop; an edge to such an entry then sets a selector and goes to the dispatch node.
 */
export class Cfg {
  /** Blocks and dispatch nodes; dispatch nodes have numbers from `nBlocks` up. */
  nNodes = 0;
  nBlocks = 0;
  /** Reachable nodes in reverse postorder, and the position of each in it (-1: unreachable). */
  order: Int32Array = new Int32Array(64);
  nReachable = 0;
  position: Int32Array = new Int32Array(64);
  idom: Int32Array = new Int32Array(64);
  /** Edges from reachable nodes. */
  preds: Int32Array = new Int32Array(64);
  /** The node has several forward edges in: it needs a label. */
  merge: Uint8Array = new Uint8Array(64);
  /** A backward edge goes to the node. */
  header: Uint8Array = new Uint8Array(64);
  /** Merge nodes by their immediate dominator, a list in reverse postorder. */
  firstMerge: Int32Array = new Int32Array(64);
  nextMerge: Int32Array = new Int32Array(64);
  /** Nodes that the node dominates, itself included. */
  size: Int32Array = new Int32Array(64);
  /** Successors, with the selector to set on the edge (-1: none). */
  taken: Int32Array = new Int32Array(64);
  next: Int32Array = new Int32Array(64);
  takenSel: Int32Array = new Int32Array(64);
  nextSel: Int32Array = new Int32Array(64);
  /** Targets of each dispatch node by selector value, and the selector to set on the way (of another dispatch node). */
  dispatch: number[][] = [];
  dispatchSel: number[][] = [];

  #stack = new Int32Array(64);
  #edge = new Int32Array(64);

  run(scan: Scan): void {
    this.nBlocks = this.nNodes = scan.nBlocks;
    this.dispatch.length = this.dispatchSel.length = 0;
    this.#reserve(scan.nBlocks);
    for (let b = 0; b < scan.nBlocks; b++) {
      this.taken[b] = scan.taken[b];
      this.next[b] = scan.next[b];
      this.takenSel[b] = this.nextSel[b] = -1;
    }
    this.#number();
    this.#dominators();
    if (!this.#reducible()) {
      splitIrreducible(this);
      this.#number();
      this.#dominators();
    }
    this.#classify();
  }

  /** Successor `k` of a node: for a block 0 = taken, 1 = next; -1 when there is none. */
  succ(node: number, k: number): number {
    if (node < this.nBlocks) return k === 0 ? this.taken[node] : this.next[node];
    return this.dispatch[node - this.nBlocks][k];
  }

  succCount(node: number): number {
    return node < this.nBlocks ? 2 : this.dispatch[node - this.nBlocks].length;
  }

  /** Adds a dispatch node over the given entries and returns it. */
  addDispatch(entries: number[]): number {
    const node = this.nNodes++;
    this.#reserve(this.nNodes);
    this.dispatch.push([...entries]);
    this.dispatchSel.push(entries.map(() => -1));
    return node;
  }

  #number(): void {
    const { order, position } = this;
    position.fill(-1, 0, this.nNodes);
    let stack = this.#stack;
    let edge = this.#edge;
    if (stack.length < this.nNodes) {
      this.#stack = stack = new Int32Array(this.nNodes * 2);
      this.#edge = edge = new Int32Array(this.nNodes * 2);
    }
    // Depth first; the fall-through is visited last, so that it follows its block in the order.
    let depth = 0;
    let count = this.nNodes;
    stack[0] = 0;
    edge[0] = 0;
    position[0] = 0;
    while (depth >= 0) {
      const node = stack[depth];
      const k = edge[depth];
      if (k < this.succCount(node)) {
        edge[depth] = k + 1;
        const s = this.succ(node, k);
        if (s >= 0 && position[s] < 0) {
          position[s] = 0;
          depth++;
          stack[depth] = s;
          edge[depth] = 0;
        }
      } else {
        order[--count] = node;
        depth--;
      }
    }
    const n = this.nNodes - count;
    order.copyWithin(0, count, this.nNodes);
    for (let i = 0; i < n; i++) position[order[i]] = i;
    this.nReachable = n;
  }

  #dominators(): void {
    const { order, position, idom } = this;
    const n = this.nReachable;
    idom.fill(-1, 0, this.nNodes);
    idom[0] = 0;
    let changed = true;
    while (changed) {
      changed = false;
      // Pushes along edges instead of gathering over predecessors: each sweep intersects into the successor.
      for (let i = 0; i < n; i++) {
        const b = order[i];
        if (idom[b] < 0) continue;
        const count = this.succCount(b);
        for (let k = 0; k < count; k++) {
          const s = this.succ(b, k);
          if (s <= 0) continue;
          const old = idom[s];
          if (old < 0) {
            idom[s] = b;
            changed = true;
            continue;
          }
          let x = b;
          let y = old;
          while (x !== y) {
            while (position[x] > position[y]) x = idom[x];
            while (position[y] > position[x]) y = idom[y];
          }
          if (x !== old) {
            idom[s] = x;
            changed = true;
          }
        }
      }
    }
  }

  dominates(a: number, b: number): boolean {
    while (this.position[b] > this.position[a]) b = this.idom[b];
    return a === b;
  }

  #reducible(): boolean {
    for (let i = 0; i < this.nReachable; i++) {
      const b = this.order[i];
      for (let k = 0; k < 2; k++) {
        const s = this.succ(b, k);
        if (s >= 0 && this.position[s] <= i && !this.dominates(s, b)) return false;
      }
    }
    return true;
  }

  #classify(): void {
    const { order, position, merge, header, preds, firstMerge, nextMerge } = this;
    merge.fill(0, 0, this.nNodes);
    header.fill(0, 0, this.nNodes);
    preds.fill(0, 0, this.nNodes);
    firstMerge.fill(-1, 0, this.nNodes);
    const forward = this.#stack;
    forward.fill(0, 0, this.nNodes);
    for (let i = 0; i < this.nReachable; i++) {
      const b = order[i];
      const count = this.succCount(b);
      for (let k = 0; k < count; k++) {
        const s = this.succ(b, k);
        if (s < 0) continue;
        preds[s]++;
        if (position[s] <= i) header[s] = 1;
        else if (++forward[s] > 1) merge[s] = 1;
      }
    }
    const size = this.size;
    size.fill(1, 0, this.nNodes);
    for (let i = this.nReachable - 1; i > 0; i--) {
      const b = order[i];
      size[this.idom[b]] += size[b];
      if (merge[b] === 0) continue;
      const d = this.idom[b];
      nextMerge[b] = firstMerge[d];
      firstMerge[d] = b;
    }
  }

  #reserve(n: number): void {
    if (this.taken.length >= n) return;
    const size = Math.max(n, this.taken.length * 2);
    const words = (old: Int32Array): Int32Array => {
      const a = new Int32Array(size);
      a.set(old);
      return a;
    };
    this.order = words(this.order);
    this.position = words(this.position);
    this.idom = words(this.idom);
    this.preds = words(this.preds);
    this.merge = new Uint8Array(size);
    this.header = new Uint8Array(size);
    this.firstMerge = words(this.firstMerge);
    this.nextMerge = words(this.nextMerge);
    this.size = words(this.size);
    this.taken = words(this.taken);
    this.next = words(this.next);
    this.takenSel = words(this.takenSel);
    this.nextSel = words(this.nextSel);
  }
}

/**
 * Gives every loop (strongly connected component) of the graph a single entry. A component with several entries gets a
 * dispatch node; then the component without its entry is looked at again, for loops inside it. Rare, so it allocates.
 */
function splitIrreducible(cfg: Cfg): void {
  const all: number[] = [];
  for (let i = 0; i < cfg.nReachable; i++) all.push(cfg.order[i]);
  const work: number[][] = [all];
  for (let nodes = work.pop(); nodes !== undefined; nodes = work.pop()) {
    for (const component of components(cfg, nodes)) {
      const inside = new Set(component);
      const entries = entriesOf(cfg, inside);
      let entry = entries[0];
      if (entries.length > 1) {
        entry = cfg.addDispatch(entries);
        redirect(cfg, entry, entries);
      }
      work.push(component.filter((b) => b !== entry));
    }
  }
}

/** Nodes of a component that have an edge from outside it. */
function entriesOf(cfg: Cfg, inside: ReadonlySet<number>): number[] {
  const entries = new Set<number>();
  for (let node = 0; node < cfg.nNodes; node++) {
    if (inside.has(node) || (node < cfg.nBlocks && cfg.position[node] < 0)) continue;
    for (let k = 0; k < cfg.succCount(node); k++) {
      const s = cfg.succ(node, k);
      if (s >= 0 && inside.has(s)) entries.add(s);
    }
  }
  return [...entries];
}

/** Sends all edges to the entries through the dispatch node. */
function redirect(cfg: Cfg, dispatch: number, entries: number[]): void {
  for (let b = 0; b < cfg.nBlocks; b++) {
    if (cfg.position[b] < 0) continue;
    const t = entries.indexOf(cfg.taken[b]);
    if (t >= 0) {
      cfg.taken[b] = dispatch;
      cfg.takenSel[b] = t;
    }
    const n = entries.indexOf(cfg.next[b]);
    if (n >= 0) {
      cfg.next[b] = dispatch;
      cfg.nextSel[b] = n;
    }
  }
  for (let d = 0; d < cfg.dispatch.length; d++) {
    if (cfg.nBlocks + d === dispatch) continue;
    const targets = cfg.dispatch[d];
    targets.forEach((target, k) => {
      const e = entries.indexOf(target);
      if (e < 0) return;
      targets[k] = dispatch;
      cfg.dispatchSel[d][k] = e;
    });
  }
}

/** Components of more than one node, of the subgraph of the given nodes (Tarjan's algorithm, without recursion). */
function components(cfg: Cfg, nodes: readonly number[]): number[][] {
  const inside = new Set(nodes);
  const index = new Map<number, number>();
  const low = new Map<number, number>();
  const onStack = new Set<number>();
  const stack: number[] = [];
  const result: number[][] = [];
  for (const root of nodes) {
    if (index.has(root)) continue;
    const path: { node: number; k: number }[] = [];
    const enter = (node: number): void => {
      index.set(node, index.size);
      low.set(node, index.get(node)!);
      stack.push(node);
      onStack.add(node);
      path.push({ node, k: 0 });
    };
    enter(root);
    while (path.length > 0) {
      const top = path[path.length - 1];
      if (top.k < cfg.succCount(top.node)) {
        const s = cfg.succ(top.node, top.k++);
        if (s < 0 || !inside.has(s)) continue;
        if (!index.has(s)) enter(s);
        else if (onStack.has(s)) low.set(top.node, Math.min(low.get(top.node)!, index.get(s)!));
        continue;
      }
      path.pop();
      if (path.length > 0) {
        const parent = path[path.length - 1].node;
        low.set(parent, Math.min(low.get(parent)!, low.get(top.node)!));
      }
      if (low.get(top.node) !== index.get(top.node)) continue;
      const component: number[] = [];
      let node: number;
      do {
        node = stack.pop()!;
        onStack.delete(node);
        component.push(node);
      } while (node !== top.node);
      if (component.length > 1) result.push(component);
    }
  }
  return result;
}
