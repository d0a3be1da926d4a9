/** The two shapes of @mttcg/tcg-ir that describe a guest CPU to a translator; equal by structure, so that softmmu needs no import. */
export interface GlobalDef {
  readonly name: string;
  readonly type: number;
  readonly offset: number;
}

export interface HelperDef {
  readonly name: string;
  readonly kind: 'js' | 'wasm';
  readonly params: string;
  readonly ret: string;
  readonly flags: number;
}
