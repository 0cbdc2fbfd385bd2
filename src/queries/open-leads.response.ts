import { ApiProperty } from '@nestjs/swagger';

/** How many leads an owner has open, and how many it may have. */
export class OpenLeads {
  @ApiProperty({ example: 12, description: 'leads that are neither ended nor settled' }) count!: number;
  @ApiProperty({ type: Number, nullable: true, example: 200, description: "the terms' `openLeads`: how many there may be at a time" })
  limit!: number | null;
}
