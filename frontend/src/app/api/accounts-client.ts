import { HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable } from '@angular/core';

export interface AccountEntry {
  entryId: number;
  at: string;
  kind: string;
  amountUrp: number;
  auctionId: string | null;
  text: string;
}

export interface Account {
  accountId: string;
  balanceUrp: number;
  heldUrp: number;
  /** Null where the account has no limit. */
  freeUrp: number | null;
  limitUrp: number | null;
  entries: AccountEntry[];
}

@Injectable({ providedIn: 'root' })
export class AccountsClient {
  of(nodeId: () => string | undefined): HttpResourceRef<Account | undefined> {
    return httpResource<Account>(() => {
      const id = nodeId();
      return id && `/api/trading/node/${id}/account`;
    });
  }
}
