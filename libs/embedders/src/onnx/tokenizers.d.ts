/** The package's own types import each other without extensions, which TypeScript does not follow here. Only what is called is declared. */
declare module '@huggingface/tokenizers' {
  export class Tokenizer {
    /** @param tokenizer of `tokenizer.json` @param config of `tokenizer_config.json` */
    constructor(tokenizer: object, config: object);
    encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
  }
}
