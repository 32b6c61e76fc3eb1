import { PickType } from '@nestjs/swagger';
import { Evidence } from '../evidence.dto.js';

const CITED = ['request_id', 'at', 'category', 'score', 'guard_intent', 'task_id', 'deviation_delta'] as const;

/** Of a piece of evidence, what the account itself sees: which request, and what was found in it. */
export class CitedEvidence extends PickType(Evidence, CITED) {}
