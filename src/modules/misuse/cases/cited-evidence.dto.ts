import { PickType } from '@nestjs/swagger';
import { Evidence } from '../evidence.dto.js';

/** What a blocked account is told of the evidence against it. */
export class CitedEvidence extends PickType(Evidence, ['request_id', 'at', 'category', 'score'] as const) {}
