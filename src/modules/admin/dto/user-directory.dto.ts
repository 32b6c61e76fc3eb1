import { DirectoryEntryDto } from './directory-entry.dto.js';

export class UserDirectoryDto {
  success: boolean;
  /** Accounts in this answer. */
  count: number;
  users: DirectoryEntryDto[];
}
