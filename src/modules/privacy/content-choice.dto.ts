import { IsIn } from 'class-validator';
import { CONTENT_MODES } from '../usage/contents/content-mode.js';
import type { ContentMode } from '../usage/contents/content-mode.js';

export class ContentChoiceDto {
  /** What becomes of prompts and answers: `keep`, `redact` (without what is private), or `drop`. */
  @IsIn(CONTENT_MODES)
  contents: ContentMode;
}
