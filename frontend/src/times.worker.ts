import { Lang } from './app/ui/language';
import { decimal } from './app/ui/formats';
import { dayOf, formatTime } from './app/ui/market-time';

// The first use of times and numbers reads the browser's tables of them, for all of its threads: read here, so that the
// page can be drawn meanwhile. Named after the page's language.
const lang = self.name as Lang;
dayOf(0);
formatTime(0, lang, 'dateTime');
decimal(0, lang, 2);
