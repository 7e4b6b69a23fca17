import { loadSettings } from './src/config/settings.js';
import { createDataSource } from './src/schema/data-source.js';

/** For TypeORM's command line, in a checkout: `npx typeorm migration:show -d dist/ormconfig.js`. */
export default createDataSource(loadSettings(process.env));
