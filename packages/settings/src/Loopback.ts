const loopbackName = /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** Whether a host, as it stands in a URL, can only be this machine: `localhost`, 127.0.0.0/8 or `[::1]`. */
export const isLoopback = (host: string): boolean => loopbackName.test(host.toLowerCase().replace(/\.$/, ""))
