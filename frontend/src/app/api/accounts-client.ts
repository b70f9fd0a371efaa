import { HttpResourceRef, httpResource } from '@angular/common/http';
import { Injectable } from '@angular/core';

export interface AccountEntry {
  entryId: string;
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
  freeUrp: number;
  limitUrp: number;
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
