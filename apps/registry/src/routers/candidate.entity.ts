import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An LLM that a router may choose. Prices in USD per million tokens. */
@Entity({ schema: 'registry', name: 'candidate' })
export class CandidateEntity {
  @PrimaryColumn('uuid', { name: 'router_id' })
  routerId!: string;

  @PrimaryColumn('integer')
  position!: number;

  @Column('text')
  name!: string;

  @Column('text', { array: true })
  aliases!: string[];

  @Column('float8', { name: 'input_price', nullable: true })
  inputPrice!: number | null;

  @Column('float8', { name: 'output_price', nullable: true })
  outputPrice!: number | null;

  @Column('float8', { name: 'cached_input_price', nullable: true })
  cachedInputPrice!: number | null;

  @Column('integer', { name: 'max_input_tokens', nullable: true })
  maxInputTokens!: number | null;

  @Column('integer', { name: 'max_output_tokens', nullable: true })
  maxOutputTokens!: number | null;

  @Column('text', { array: true })
  capabilities!: string[];

  @Column('text', { array: true })
  regions!: string[];

  @Column('boolean')
  available!: boolean;
}
