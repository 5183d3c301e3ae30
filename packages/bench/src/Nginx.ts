import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Server } from "./Processes.js"
import { findProgram, startProgram } from "./Programs.js"

/** Debian has it in a folder that only the superuser's `PATH` contains. */
const find = (): string | undefined => findProgram("nginx", "/usr/sbin/nginx")

export const hasNginx = (): boolean => find() !== undefined

/** One worker with a cache on disk: like the gateway's, it is one per token, fresh for 10 s, then refreshed in the background. */
const configuration = (port: number, folder: string, upstream: string): string => `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log /dev/null;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  proxy_cache_path ${folder}/cache levels=1:2 keys_zone=pages:10m use_temp_path=off;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${upstream};
      proxy_cache pages;
      proxy_cache_key $http_x_auth_token$request_uri;
      proxy_cache_valid 200 10s;
      proxy_cache_lock on;
      proxy_cache_use_stale updating error timeout;
      proxy_cache_background_update on;
      add_header X-Cache $upstream_cache_status;
    }
  }
}
`

/** Starts nginx as a cache in front of a server. */
export const startNginx = (upstream: string): Promise<Server> =>
  startProgram(find() ?? "nginx", (port, folder) => {
    const file = join(folder, "nginx.conf")
    writeFileSync(file, configuration(port, folder, upstream))
    return ["-p", folder, "-e", "stderr", "-c", file]
  })
