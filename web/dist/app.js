var qt,P,Ue,co,ft,We,He,Be,Ie,ie,se,re,je,Ct={},Ke=[],uo=/acit|ex(?:s|g|n|p|$)|rph|grid|ows|mnc|ntw|ine[ch]|zoo|^ord|itera/i,zt=Array.isArray;function rt(t,e){for(var n in e)t[n]=e[n];return t}function ce(t){t&&t.parentNode&&t.parentNode.removeChild(t)}function ue(t,e,n){var o,s,r,l={};for(r in e)r=="key"?o=e[r]:r=="ref"?s=e[r]:l[r]=e[r];if(arguments.length>2&&(l.children=arguments.length>3?qt.call(arguments,2):n),typeof t=="function"&&t.defaultProps!=null)for(r in t.defaultProps)l[r]===void 0&&(l[r]=t.defaultProps[r]);return Pt(t,l,o,s,null)}function Pt(t,e,n,o,s){var r={type:t,props:e,key:n,ref:o,__k:null,__:null,__b:0,__e:null,__c:null,constructor:void 0,__v:s??++Ue,__i:-1,__u:0};return s==null&&P.vnode!=null&&P.vnode(r),r}function Ut(t){return t.children}function Ft(t,e){this.props=t,this.context=e}function mt(t,e){if(e==null)return t.__?mt(t.__,t.__i+1):null;for(var n;e<t.__k.length;e++)if((n=t.__k[e])!=null&&n.__e!=null)return n.__e;return typeof t.type=="function"?mt(t):null}function Ge(t){var e,n;if((t=t.__)!=null&&t.__c!=null){for(t.__e=t.__c.base=null,e=0;e<t.__k.length;e++)if((n=t.__k[e])!=null&&n.__e!=null){t.__e=t.__c.base=n.__e;break}return Ge(t)}}function le(t){(!t.__d&&(t.__d=!0)&&ft.push(t)&&!Wt.__r++||We!=P.debounceRendering)&&((We=P.debounceRendering)||He)(Wt)}function Wt(){for(var t,e,n,o,s,r,l,c=1;ft.length;)ft.length>c&&ft.sort(Be),t=ft.shift(),c=ft.length,t.__d&&(n=void 0,o=void 0,s=(o=(e=t).__v).__e,r=[],l=[],e.__P&&((n=rt({},o)).__v=o.__v+1,P.vnode&&P.vnode(n),fe(e.__P,n,o,e.__n,e.__P.namespaceURI,32&o.__u?[s]:null,r,s??mt(o),!!(32&o.__u),l),n.__v=o.__v,n.__.__k[n.__i]=n,Xe(r,n,l),o.__e=o.__=null,n.__e!=s&&Ge(n)));Wt.__r=0}function Ye(t,e,n,o,s,r,l,c,i,a,d){var u,p,$,y,h,m,g,k=o&&o.__k||Ke,_=e.length;for(i=fo(n,e,k,i,_),u=0;u<_;u++)($=n.__k[u])!=null&&(p=$.__i==-1?Ct:k[$.__i]||Ct,$.__i=u,m=fe(t,$,p,s,r,l,c,i,a,d),y=$.__e,$.ref&&p.ref!=$.ref&&(p.ref&&pe(p.ref,null,$),d.push($.ref,$.__c||y,$)),h==null&&y!=null&&(h=y),(g=!!(4&$.__u))||p.__k===$.__k?i=Ve($,i,t,g):typeof $.type=="function"&&m!==void 0?i=m:y&&(i=y.nextSibling),$.__u&=-7);return n.__e=h,i}function fo(t,e,n,o,s){var r,l,c,i,a,d=n.length,u=d,p=0;for(t.__k=new Array(s),r=0;r<s;r++)(l=e[r])!=null&&typeof l!="boolean"&&typeof l!="function"?(i=r+p,(l=t.__k[r]=typeof l=="string"||typeof l=="number"||typeof l=="bigint"||l.constructor==String?Pt(null,l,null,null,null):zt(l)?Pt(Ut,{children:l},null,null,null):l.constructor==null&&l.__b>0?Pt(l.type,l.props,l.key,l.ref?l.ref:null,l.__v):l).__=t,l.__b=t.__b+1,c=null,(a=l.__i=po(l,n,i,u))!=-1&&(u--,(c=n[a])&&(c.__u|=2)),c==null||c.__v==null?(a==-1&&(s>d?p--:s<d&&p++),typeof l.type!="function"&&(l.__u|=4)):a!=i&&(a==i-1?p--:a==i+1?p++:(a>i?p--:p++,l.__u|=4))):t.__k[r]=null;if(u)for(r=0;r<d;r++)(c=n[r])!=null&&(2&c.__u)==0&&(c.__e==o&&(o=mt(c)),Qe(c,c));return o}function Ve(t,e,n,o){var s,r;if(typeof t.type=="function"){for(s=t.__k,r=0;s&&r<s.length;r++)s[r]&&(s[r].__=t,e=Ve(s[r],e,n,o));return e}t.__e!=e&&(o&&(e&&t.type&&!e.parentNode&&(e=mt(t)),n.insertBefore(t.__e,e||null)),e=t.__e);do e=e&&e.nextSibling;while(e!=null&&e.nodeType==8);return e}function po(t,e,n,o){var s,r,l,c=t.key,i=t.type,a=e[n],d=a!=null&&(2&a.__u)==0;if(a===null&&t.key==null||d&&c==a.key&&i==a.type)return n;if(o>(d?1:0)){for(s=n-1,r=n+1;s>=0||r<e.length;)if((a=e[l=s>=0?s--:r++])!=null&&(2&a.__u)==0&&c==a.key&&i==a.type)return l}return-1}function qe(t,e,n){e[0]=="-"?t.setProperty(e,n??""):t[e]=n==null?"":typeof n!="number"||uo.test(e)?n:n+"px"}function Nt(t,e,n,o,s){var r,l;t:if(e=="style")if(typeof n=="string")t.style.cssText=n;else{if(typeof o=="string"&&(t.style.cssText=o=""),o)for(e in o)n&&e in n||qe(t.style,e,"");if(n)for(e in n)o&&n[e]==o[e]||qe(t.style,e,n[e])}else if(e[0]=="o"&&e[1]=="n")r=e!=(e=e.replace(Ie,"$1")),l=e.toLowerCase(),e=l in t||e=="onFocusOut"||e=="onFocusIn"?l.slice(2):e.slice(2),t.l||(t.l={}),t.l[e+r]=n,n?o?n.u=o.u:(n.u=ie,t.addEventListener(e,r?re:se,r)):t.removeEventListener(e,r?re:se,r);else{if(s=="http://www.w3.org/2000/svg")e=e.replace(/xlink(H|:h)/,"h").replace(/sName$/,"s");else if(e!="width"&&e!="height"&&e!="href"&&e!="list"&&e!="form"&&e!="tabIndex"&&e!="download"&&e!="rowSpan"&&e!="colSpan"&&e!="role"&&e!="popover"&&e in t)try{t[e]=n??"";break t}catch{}typeof n=="function"||(n==null||n===!1&&e[4]!="-"?t.removeAttribute(e):t.setAttribute(e,e=="popover"&&n==1?"":n))}}function ze(t){return function(e){if(this.l){var n=this.l[e.type+t];if(e.t==null)e.t=ie++;else if(e.t<n.u)return;return n(P.event?P.event(e):e)}}}function fe(t,e,n,o,s,r,l,c,i,a){var d,u,p,$,y,h,m,g,k,_,v,M,w,R,x,T,E,A=e.type;if(e.constructor!=null)return null;128&n.__u&&(i=!!(32&n.__u),r=[c=e.__e=n.__e]),(d=P.__b)&&d(e);t:if(typeof A=="function")try{if(g=e.props,k="prototype"in A&&A.prototype.render,_=(d=A.contextType)&&o[d.__c],v=d?_?_.props.value:d.__:o,n.__c?m=(u=e.__c=n.__c).__=u.__E:(k?e.__c=u=new A(g,v):(e.__c=u=new Ft(g,v),u.constructor=A,u.render=mo),_&&_.sub(u),u.props=g,u.state||(u.state={}),u.context=v,u.__n=o,p=u.__d=!0,u.__h=[],u._sb=[]),k&&u.__s==null&&(u.__s=u.state),k&&A.getDerivedStateFromProps!=null&&(u.__s==u.state&&(u.__s=rt({},u.__s)),rt(u.__s,A.getDerivedStateFromProps(g,u.__s))),$=u.props,y=u.state,u.__v=e,p)k&&A.getDerivedStateFromProps==null&&u.componentWillMount!=null&&u.componentWillMount(),k&&u.componentDidMount!=null&&u.__h.push(u.componentDidMount);else{if(k&&A.getDerivedStateFromProps==null&&g!==$&&u.componentWillReceiveProps!=null&&u.componentWillReceiveProps(g,v),!u.__e&&u.shouldComponentUpdate!=null&&u.shouldComponentUpdate(g,u.__s,v)===!1||e.__v==n.__v){for(e.__v!=n.__v&&(u.props=g,u.state=u.__s,u.__d=!1),e.__e=n.__e,e.__k=n.__k,e.__k.some(function(tt){tt&&(tt.__=e)}),M=0;M<u._sb.length;M++)u.__h.push(u._sb[M]);u._sb=[],u.__h.length&&l.push(u);break t}u.componentWillUpdate!=null&&u.componentWillUpdate(g,u.__s,v),k&&u.componentDidUpdate!=null&&u.__h.push(function(){u.componentDidUpdate($,y,h)})}if(u.context=v,u.props=g,u.__P=t,u.__e=!1,w=P.__r,R=0,k){for(u.state=u.__s,u.__d=!1,w&&w(e),d=u.render(u.props,u.state,u.context),x=0;x<u._sb.length;x++)u.__h.push(u._sb[x]);u._sb=[]}else do u.__d=!1,w&&w(e),d=u.render(u.props,u.state,u.context),u.state=u.__s;while(u.__d&&++R<25);u.state=u.__s,u.getChildContext!=null&&(o=rt(rt({},o),u.getChildContext())),k&&!p&&u.getSnapshotBeforeUpdate!=null&&(h=u.getSnapshotBeforeUpdate($,y)),T=d,d!=null&&d.type===Ut&&d.key==null&&(T=Je(d.props.children)),c=Ye(t,zt(T)?T:[T],e,n,o,s,r,l,c,i,a),u.base=e.__e,e.__u&=-161,u.__h.length&&l.push(u),m&&(u.__E=u.__=null)}catch(tt){if(e.__v=null,i||r!=null)if(tt.then){for(e.__u|=i?160:128;c&&c.nodeType==8&&c.nextSibling;)c=c.nextSibling;r[r.indexOf(c)]=null,e.__e=c}else{for(E=r.length;E--;)ce(r[E]);ae(e)}else e.__e=n.__e,e.__k=n.__k,tt.then||ae(e);P.__e(tt,e,n)}else r==null&&e.__v==n.__v?(e.__k=n.__k,e.__e=n.__e):c=e.__e=ho(n.__e,e,n,o,s,r,l,i,a);return(d=P.diffed)&&d(e),128&e.__u?void 0:c}function ae(t){t&&t.__c&&(t.__c.__e=!0),t&&t.__k&&t.__k.forEach(ae)}function Xe(t,e,n){for(var o=0;o<n.length;o++)pe(n[o],n[++o],n[++o]);P.__c&&P.__c(e,t),t.some(function(s){try{t=s.__h,s.__h=[],t.some(function(r){r.call(s)})}catch(r){P.__e(r,s.__v)}})}function Je(t){return typeof t!="object"||t==null||t.__b&&t.__b>0?t:zt(t)?t.map(Je):rt({},t)}function ho(t,e,n,o,s,r,l,c,i){var a,d,u,p,$,y,h,m=n.props,g=e.props,k=e.type;if(k=="svg"?s="http://www.w3.org/2000/svg":k=="math"?s="http://www.w3.org/1998/Math/MathML":s||(s="http://www.w3.org/1999/xhtml"),r!=null){for(a=0;a<r.length;a++)if(($=r[a])&&"setAttribute"in $==!!k&&(k?$.localName==k:$.nodeType==3)){t=$,r[a]=null;break}}if(t==null){if(k==null)return document.createTextNode(g);t=document.createElementNS(s,k,g.is&&g),c&&(P.__m&&P.__m(e,r),c=!1),r=null}if(k==null)m===g||c&&t.data==g||(t.data=g);else{if(r=r&&qt.call(t.childNodes),m=n.props||Ct,!c&&r!=null)for(m={},a=0;a<t.attributes.length;a++)m[($=t.attributes[a]).name]=$.value;for(a in m)if($=m[a],a!="children"){if(a=="dangerouslySetInnerHTML")u=$;else if(!(a in g)){if(a=="value"&&"defaultValue"in g||a=="checked"&&"defaultChecked"in g)continue;Nt(t,a,null,$,s)}}for(a in g)$=g[a],a=="children"?p=$:a=="dangerouslySetInnerHTML"?d=$:a=="value"?y=$:a=="checked"?h=$:c&&typeof $!="function"||m[a]===$||Nt(t,a,$,m[a],s);if(d)c||u&&(d.__html==u.__html||d.__html==t.innerHTML)||(t.innerHTML=d.__html),e.__k=[];else if(u&&(t.innerHTML=""),Ye(e.type=="template"?t.content:t,zt(p)?p:[p],e,n,o,k=="foreignObject"?"http://www.w3.org/1999/xhtml":s,r,l,r?r[0]:n.__k&&mt(n,0),c,i),r!=null)for(a=r.length;a--;)ce(r[a]);c||(a="value",k=="progress"&&y==null?t.removeAttribute("value"):y!=null&&(y!==t[a]||k=="progress"&&!y||k=="option"&&y!=m[a])&&Nt(t,a,y,m[a],s),a="checked",h!=null&&h!=t[a]&&Nt(t,a,h,m[a],s))}return t}function pe(t,e,n){try{if(typeof t=="function"){var o=typeof t.__u=="function";o&&t.__u(),o&&e==null||(t.__u=t(e))}else t.current=e}catch(s){P.__e(s,n)}}function Qe(t,e,n){var o,s;if(P.unmount&&P.unmount(t),(o=t.ref)&&(o.current&&o.current!=t.__e||pe(o,null,e)),(o=t.__c)!=null){if(o.componentWillUnmount)try{o.componentWillUnmount()}catch(r){P.__e(r,e)}o.base=o.__P=null}if(o=t.__k)for(s=0;s<o.length;s++)o[s]&&Qe(o[s],e,n||typeof t.type!="function");n||ce(t.__e),t.__c=t.__=t.__e=void 0}function mo(t,e,n){return this.constructor(t,n)}function Ze(t,e,n){var o,s,r,l;e==document&&(e=document.documentElement),P.__&&P.__(t,e),s=(o=typeof n=="function")?null:n&&n.__k||e.__k,r=[],l=[],fe(e,t=(!o&&n||e).__k=ue(Ut,null,[t]),s||Ct,Ct,e.namespaceURI,!o&&n?[n]:s?null:e.firstChild?qt.call(e.childNodes):null,r,!o&&n?n:s?s.__e:e.firstChild,o,l),Xe(r,t,l)}function tn(t){function e(n){var o,s;return this.getChildContext||(o=new Set,(s={})[e.__c]=this,this.getChildContext=function(){return s},this.componentWillUnmount=function(){o=null},this.shouldComponentUpdate=function(r){this.props.value!=r.value&&o.forEach(function(l){l.__e=!0,le(l)})},this.sub=function(r){o.add(r);var l=r.componentWillUnmount;r.componentWillUnmount=function(){o&&o.delete(r),l&&l.call(r)}}),n.children}return e.__c="__cC"+je++,e.__=t,e.Provider=e.__l=(e.Consumer=function(n,o){return n.children(o)}).contextType=e,e}qt=Ke.slice,P={__e:function(t,e,n,o){for(var s,r,l;e=e.__;)if((s=e.__c)&&!s.__)try{if((r=s.constructor)&&r.getDerivedStateFromError!=null&&(s.setState(r.getDerivedStateFromError(t)),l=s.__d),s.componentDidCatch!=null&&(s.componentDidCatch(t,o||{}),l=s.__d),l)return s.__E=s}catch(c){t=c}throw t}},Ue=0,co=function(t){return t!=null&&t.constructor==null},Ft.prototype.setState=function(t,e){var n;n=this.__s!=null&&this.__s!=this.state?this.__s:this.__s=rt({},this.state),typeof t=="function"&&(t=t(rt({},n),this.props)),t&&rt(n,t),t!=null&&this.__v&&(e&&this._sb.push(e),le(this))},Ft.prototype.forceUpdate=function(t){this.__v&&(this.__e=!0,t&&this.__h.push(t),le(this))},Ft.prototype.render=Ut,ft=[],He=typeof Promise=="function"?Promise.prototype.then.bind(Promise.resolve()):setTimeout,Be=function(t,e){return t.__v.__b-e.__v.__b},Wt.__r=0,Ie=/(PointerCapture)$|Capture$/i,ie=0,se=ze(!1),re=ze(!0),je=0;var pt,F,he,en,Mt=0,un=[],H=P,nn=H.__b,on=H.__r,sn=H.diffed,rn=H.__c,ln=H.unmount,an=H.__;function Et(t,e){H.__h&&H.__h(F,t,Mt||e),Mt=0;var n=F.__H||(F.__H={__:[],__h:[]});return t>=n.__.length&&n.__.push({}),n.__[t]}function S(t){return Mt=1,$o(pn,t)}function $o(t,e,n){var o=Et(pt++,2);if(o.t=t,!o.__c&&(o.__=[n?n(e):pn(void 0,e),function(c){var i=o.__N?o.__N[0]:o.__[0],a=o.t(i,c);i!==a&&(o.__N=[a,o.__[1]],o.__c.setState({}))}],o.__c=F,!F.__f)){var s=function(c,i,a){if(!o.__c.__H)return!0;var d=o.__c.__H.__.filter(function(p){return!!p.__c});if(d.every(function(p){return!p.__N}))return!r||r.call(this,c,i,a);var u=o.__c.props!==c;return d.forEach(function(p){if(p.__N){var $=p.__[0];p.__=p.__N,p.__N=void 0,$!==p.__[0]&&(u=!0)}}),r&&r.call(this,c,i,a)||u};F.__f=!0;var r=F.shouldComponentUpdate,l=F.componentWillUpdate;F.componentWillUpdate=function(c,i,a){if(this.__e){var d=r;r=void 0,s(c,i,a),r=d}l&&l.call(this,c,i,a)},F.shouldComponentUpdate=s}return o.__N||o.__}function D(t,e){var n=Et(pt++,3);!H.__s&&$e(n.__H,e)&&(n.__=t,n.u=e,F.__H.__h.push(n))}function ht(t,e){var n=Et(pt++,4);!H.__s&&$e(n.__H,e)&&(n.__=t,n.u=e,F.__h.push(n))}function U(t){return Mt=5,Y(function(){return{current:t}},[])}function Y(t,e){var n=Et(pt++,7);return $e(n.__H,e)&&(n.__=t(),n.__H=e,n.__h=t),n.__}function fn(t,e){return Mt=8,Y(function(){return t},e)}function me(t){var e=F.context[t.__c],n=Et(pt++,9);return n.c=t,e?(n.__==null&&(n.__=!0,e.sub(F)),e.props.value):t.__}function _o(){for(var t;t=un.shift();)if(t.__P&&t.__H)try{t.__H.__h.forEach(Ht),t.__H.__h.forEach(de),t.__H.__h=[]}catch(e){t.__H.__h=[],H.__e(e,t.__v)}}H.__b=function(t){F=null,nn&&nn(t)},H.__=function(t,e){t&&e.__k&&e.__k.__m&&(t.__m=e.__k.__m),an&&an(t,e)},H.__r=function(t){on&&on(t),pt=0;var e=(F=t.__c).__H;e&&(he===F?(e.__h=[],F.__h=[],e.__.forEach(function(n){n.__N&&(n.__=n.__N),n.u=n.__N=void 0})):(e.__h.forEach(Ht),e.__h.forEach(de),e.__h=[],pt=0)),he=F},H.diffed=function(t){sn&&sn(t);var e=t.__c;e&&e.__H&&(e.__H.__h.length&&(un.push(e)!==1&&en===H.requestAnimationFrame||((en=H.requestAnimationFrame)||go)(_o)),e.__H.__.forEach(function(n){n.u&&(n.__H=n.u),n.u=void 0})),he=F=null},H.__c=function(t,e){e.some(function(n){try{n.__h.forEach(Ht),n.__h=n.__h.filter(function(o){return!o.__||de(o)})}catch(o){e.some(function(s){s.__h&&(s.__h=[])}),e=[],H.__e(o,n.__v)}}),rn&&rn(t,e)},H.unmount=function(t){ln&&ln(t);var e,n=t.__c;n&&n.__H&&(n.__H.__.forEach(function(o){try{Ht(o)}catch(s){e=s}}),n.__H=void 0,e&&H.__e(e,n.__v))};var cn=typeof requestAnimationFrame=="function";function go(t){var e,n=function(){clearTimeout(o),cn&&cancelAnimationFrame(e),setTimeout(t)},o=setTimeout(n,35);cn&&(e=requestAnimationFrame(n))}function Ht(t){var e=F,n=t.__c;typeof n=="function"&&(t.__c=void 0,n()),F=e}function de(t){var e=F;t.__c=t.__(),F=e}function $e(t,e){return!t||t.length!==e.length||e.some(function(n,o){return n!==t[o]})}function pn(t,e){return typeof e=="function"?e(t):e}var dn=function(t,e,n,o){var s;e[0]=0;for(var r=1;r<e.length;r++){var l=e[r++],c=e[r]?(e[0]|=l?1:2,n[e[r++]]):e[++r];l===3?o[0]=c:l===4?o[1]=Object.assign(o[1]||{},c):l===5?(o[1]=o[1]||{})[e[++r]]=c:l===6?o[1][e[++r]]+=c+"":l?(s=t.apply(c,dn(t,c,n,["",null])),o.push(s),c[0]?e[0]|=2:(e[r-2]=0,e[r]=s)):o.push(c)}return o},hn=new Map;function mn(t){var e=hn.get(this);return e||(e=new Map,hn.set(this,e)),(e=dn(this,e.get(t)||(e.set(t,e=(function(n){for(var o,s,r=1,l="",c="",i=[0],a=function(p){r===1&&(p||(l=l.replace(/^\s*\n\s*|\s*\n\s*$/g,"")))?i.push(0,p,l):r===3&&(p||l)?(i.push(3,p,l),r=2):r===2&&l==="..."&&p?i.push(4,p,0):r===2&&l&&!p?i.push(5,0,!0,l):r>=5&&((l||!p&&r===5)&&(i.push(r,0,l,s),r=6),p&&(i.push(r,p,0,s),r=6)),l=""},d=0;d<n.length;d++){d&&(r===1&&a(),a(d));for(var u=0;u<n[d].length;u++)o=n[d][u],r===1?o==="<"?(a(),i=[i],r=3):l+=o:r===4?l==="--"&&o===">"?(r=1,l=""):l=o+l[0]:c?o===c?c="":l+=o:o==='"'||o==="'"?c=o:o===">"?(a(),r=1):r&&(o==="="?(r=5,s=l,l=""):o==="/"&&(r<5||n[d][u+1]===">")?(a(),r===3&&(i=i[0]),r=i,(i=i[0]).push(2,0,r),r=0):o===" "||o==="	"||o===`
`||o==="\r"?(a(),r=2):l+=o),r===3&&l==="!--"&&(r=4,i=i[0])}return a(),i})(t)),e),arguments,[])).length>1?e:e[0]}var bo={nanoseconds:[["ns",1],["us",1e3],["ms",1e6],["s",1e9],["hrs",36e11],["days",864e11]],bytes:[["B",1],["kB",1024],["MB",1048576],["GB",1073741824],["TB",1099511627776]]},$n={microseconds:1e3,milliseconds:1e6,seconds:1e9,kilobytes:1024,megabytes:1048576};function nt(t,e){let n=e.ratio>0?e.ratio:1,o=e.unit,s=t*n;$n[o]&&(s*=$n[o],o=o.endsWith("seconds")?"nanoseconds":"bytes");let r=bo[o];if(!r)return _n(s)+(o&&o!=="count"?" "+o:"");let l=r[0];for(let c of r)Math.abs(s)>=c[1]&&(l=c);return _n(s/l[1])+(s?l[0]:"")}function _n(t){return Math.abs(t)>=1e6?B(Math.round(t)):String(+t.toFixed(2))}function q(t,e){if(!e)return"";let n=100*t/e;return(Math.abs(n)>=99.95?n.toFixed(0):Math.abs(n)>=1?n.toFixed(1):n.toFixed(2))+"%"}var Bt=t=>nt(t,{unit:"bytes",ratio:1});function _e(t){return t<0?"":t<60?`${+t.toFixed(1)} s`:t<3600?`${Math.floor(t/60)} min ${Math.round(t%60)} s`:`${Math.floor(t/3600)} h ${Math.round(t%3600/60)} min`}function B(t){let[e,n]=String(t).split(".");return e.replace(/\B(?=(\d{3})+$)/g,",")+(n?"."+n:"")}var f=mn.bind(ue),O=JSON.parse(document.getElementById("known").textContent),vo=["q","color","dir","as","by","x","click","sel","every"],gn=["p","z","order"],ge=new Set,lt=()=>location.pathname.split("/").pop()||"flamegraph",V=()=>new URLSearchParams(location.search);function wo(t){return ge.add(t),()=>ge.delete(t)}function bn(){for(let t of ge)t()}addEventListener("popstate",bn);function Z(t,e={},n=V()){let o=new URLSearchParams(n);o.delete("config");for(let[r,l]of Object.entries(e))l===""||l===null||l===void 0?o.delete(r):o.set(r,l);let s=o.toString();return t+(s?"?"+s:"")}function I(t,e={}){let n={sel:null,by:null,x:null,as:null};if(t!=="flamegraph")for(let o of[...gn,"dir","color","click"])n[o]=null;return Z(t,{...n,...e})}function at(t,e=!1){let n=new URL(t,location.href);n.href!==location.href&&(history[e?"replaceState":"pushState"](null,"",n),bn())}var z=(t,e)=>at(Z(lt(),t),e);function j(){let[,t]=S(0);return D(()=>wo(()=>t(e=>e+1)),[]),V()}function et(t,e){t.metaKey||t.ctrlKey||t.shiftKey||t.button||(t.preventDefault(),at(e))}function vn(t){let e=V();for(let o of vo)e.delete(o);if(t!=="flamegraph")for(let o of gn)e.delete(o);e.sort();let n=e.toString();return n?"?"+n:""}var $t=new Map;async function wn(t,e){let n=await fetch(t,{signal:e}),o=await n.text();if(!n.ok)throw new Error(o.trim()||`the server answered ${n.status}`);return JSON.parse(o)}var _t=O.data?{url:`data/${lt()}${vn(lt())}`}:null;_t&&(_t.answer=wn(O.data),_t.answer.catch(()=>{}));function yo(t,e){let n=_t?.url===t?_t.answer:null;return _t=null,n||wn(t,e)}function X(t,{keep:e=!0,tick:n=0}={}){let o=`data/${t}${vn(t)}`,[s,r]=S({since:Date.now()});return ht(()=>{if(e&&$t.has(o)){r({...$t.get(o),url:o});return}let l=new AbortController;return r(c=>({...c,error:null,since:Date.now()})),yo(o,l.signal).then(c=>{let i=c.about?c:{data:c,messages:[]};e&&($t.set(o,i),$t.size>8&&$t.delete($t.keys().next().value)),r({...i,url:o})},c=>{if(c.name==="AbortError")return;let i=c instanceof TypeError;r({error:i?"pprof does not answer: it was ended, or is out of reach.":c.message})}),()=>l.abort()},[o,n]),s}async function It(t){let e=await fetch(t,{method:"POST"}),n=await e.text();if(!e.ok)throw new Error(n.trim());return n}var jt=tn(null);function J(t){let e=me(jt);D(()=>{e({about:t.about,messages:t.messages||[],error:t.error,since:t.since})},[t.about,t.messages,t.error,t.since])}var Kt="No samples: the profile is empty, or the filters leave nothing.";function Q({state:t,what:e}){return f`<main class="page"><p class="nothing">${t.error?"":e}</p></main>`}function gt(){let t=me(jt);return e=>t({selected:e})}var Gt=t=>t.replace(/[\\^$.*+?()[\]{}|]/g,"\\$&"),ot=t=>t.map(e=>`^${Gt(e)}$`).join("|");function K(t){if(!t)return null;try{return new RegExp(t)}catch{return null}}function it(t,e,n){let o=n instanceof Blob?n:new Blob([n],{type:e}),s=document.createElement("a");s.href=URL.createObjectURL(o),s.download=t,document.body.append(s),s.click(),s.remove(),setTimeout(()=>URL.revokeObjectURL(s.href),1e4)}function Yt(t){let[e,n]=S([0,0]);return ht(()=>{let o=()=>{let{clientWidth:r,clientHeight:l}=t.current;n(c=>c[0]===r&&c[1]===l?c:[r,l])},s=new ResizeObserver(o);return o(),s.observe(t.current),()=>s.disconnect()},[]),e}function Vt(){let t=matchMedia("(prefers-color-scheme: dark)"),[e,n]=S(t.matches);return D(()=>{let o=()=>n(t.matches);return t.addEventListener("change",o),()=>t.removeEventListener("change",o)},[]),e}function Xt(t,e){let n=[...t.querySelectorAll("a,button:not(:disabled)")],o=n.indexOf(document.activeElement);n[(o+e+n.length)%n.length]?.focus()}function st({title:t,children:e,align:n}){let[o,s]=S(!1),r=U();D(()=>{if(!o)return;let i=a=>r.current.contains(a.target)||s(!1);return addEventListener("pointerdown",i),r.current.querySelector("[role=menu] a,[role=menu] button")?.focus({preventScroll:!0}),()=>removeEventListener("pointerdown",i)},[o]);let l=i=>{s(!1),i&&r.current.querySelector("button").focus()};return f`<div class="menu" ref=${r} onKeyDown=${i=>{if(!o){i.key==="ArrowDown"&&(i.preventDefault(),s(!0));return}if(i.key==="Escape")l(!0);else if(i.key==="ArrowDown")Xt(r.current.lastElementChild,1);else if(i.key==="ArrowUp")Xt(r.current.lastElementChild,-1);else return;i.preventDefault(),i.stopPropagation()}}>
    <button class="menu-title" aria-haspopup="menu" aria-expanded=${o}
      onClick=${()=>s(!o)}>
      ${t}<span class="caret" aria-hidden="true">▾</span></button>
    ${o&&f`<div role="menu" aria-label=${t} class=${"popup "+(n||"")}
      onClick=${()=>setTimeout(()=>s(!1))}>${e}</div>`}
  </div>`}function W({to:t,title:e,hint:n,disabled:o,current:s,onClick:r,newTab:l}){let c=f`<span>${e}</span>${n&&f`<small>${n}</small>`}`;return t&&!o?f`<a role="menuitem" href=${t} class=${s?"current":""}
      aria-current=${s?"page":void 0} target=${l?"_blank":void 0}
      rel=${l?"noopener":void 0}
      onClick=${i=>l||et(i,t)}>${c}</a>`:f`<button role="menuitem" disabled=${o} onClick=${r}
    class=${s?"current":""}>${c}</button>`}function Tt({title:t,onClose:e,children:n,wide:o}){let s=U();return D(()=>s.current.showModal(),[]),f`<dialog ref=${s} onClose=${e} class=${o?"wide":""} aria-label=${t}
    onClick=${r=>r.target===s.current&&s.current.close()}>
    <div class="dialog"><header><h2>${t}</h2>
      <button class="quiet" aria-label="Close" onClick=${()=>s.current.close()}>✕</button>
      </header>
      ${n}</div></dialog>`}var yn=(t,e)=>{let n=V().get(t);return n?`${n}|${e}`:e},be=t=>[["Focus","f",t,"Only stacks through it"],["Ignore","i",yn("i",t),"No stacks through it"],["Hide","h",yn("h",t),"Its frames leave the stacks"],["Show","s",t,"Only its frames stay"],["Show from","sf",t,"Callers above it go"]];function bt({at:t,name:e,file:n,onClose:o,more:s}){let r=U();D(()=>{let a=r.current.getBoundingClientRect();r.current.style.left=Math.max(4,Math.min(t[0],innerWidth-a.width-4))+"px",r.current.style.top=Math.max(4,Math.min(t[1],innerHeight-a.height-4))+"px",r.current.querySelector("a,button")?.focus({preventScroll:!0});let d=u=>r.current?.contains(u.target)||o();return addEventListener("pointerdown",d),addEventListener("blur",o),()=>{removeEventListener("pointerdown",d),removeEventListener("blur",o)}},[]);let l=ot([e]),c=a=>{if(a.key==="Escape")o();else if(a.key==="ArrowDown")Xt(r.current,1);else if(a.key==="ArrowUp")Xt(r.current,-1);else return;a.preventDefault(),a.stopPropagation()},i=I("source",{f:l});return f`<div class="popup floating" role="menu" aria-label=${e} ref=${r} onKeyDown=${c}
    onClick=${()=>setTimeout(o)}>
    <div class="popup-title" title=${e}>${e}</div>
    ${s&&s.map(([a,d])=>f`<${W} title=${a} onClick=${d} />`)}
    <${W} title="Show source code" to=${i} />
    <${W} title="Show source in new tab" to=${i} newTab=${!0} />
    <${W} title="Callers and callees" to=${I("peek",{f:l})} />
    ${!s&&f`<${W} title="Flame graph around it"
      to=${I("flamegraph",{p:l,z:null})} />`}
    <hr />
    ${be(l).map(([a,d,u])=>f`<${W} title=${a}
          to=${I(location.pathname.split("/").pop(),{[d]:u})} />`)}
    <hr />
    <${W} title="Copy name" onClick=${()=>navigator.clipboard?.writeText(e)} />
  </div>`}var Dt=class{constructor(e,n,o){if(this.frames=e,this.count=n.parent.length,this.parent=n.parent,this.frame=n.frame,this.plus=n.plus,this.minus=n.minus||null,this.self=n.self,this.selfMinus=n.selfMinus||null,this.inlined=n.inlined,this.leftOut=n.leftOut,this.weight=new Float64Array(this.plus),this.minus)for(let s=0;s<this.count;s++)this.weight[s]+=this.minus[s];this.place(o)}sortKids(e){let{count:n,parent:o}=this,s=new Int32Array(n+1),r=new Int32Array(n);for(let a=1;a<n;a++)s[o[a]+1]++;for(let a=1;a<=n;a++)s[a]+=s[a-1];let l=s.slice();for(let a=1;a<n;a++)r[l[o[a]]++]=a;if(this.begin=s,this.list=r,e!=="name")return;let c=a=>this.frames[this.frame[a]][1],i=(a,d)=>c(a)<c(d)?-1:c(a)>c(d)?1:0;for(let a=0;a<n;a++)r.subarray(s[a],s[a+1]).sort(i)}place(e){this.sortKids(e);let{begin:n,count:o,list:s,weight:r}=this,l=r[0]||1,c=new Float64Array(o),i=new Float64Array(o),a=new Int32Array(o),d=new Int32Array(o);this.rows=[],i[0]=1;for(let u=0,p=1,$=1;u<p;u=p,p=$){for(let y=u;y<p;y++){let h=d[y],m=c[h];for(let g=n[h];g<n[h+1];g++){let k=s[g];c[k]=m,m+=i[k]=r[k]/l,a[k]=a[h]+1,d[$++]=k}}this.rows.push(d.subarray(u,p))}Object.assign(this,{x:c,w:i,depth:a})}kids(e){return this.list.subarray(this.begin[e],this.begin[e+1])}name(e){let n=this.frames[this.frame[e]];return n?we(n):"root"}at(e,n){let o=this.rows[e];if(!o)return-1;let s=ve(this,o,n)-1;return s>=0&&n<this.x[o[s]]+this.w[o[s]]?o[s]:-1}path(e){let n=[];for(let o=e;o>0;o=this.parent[o])n.push(this.frames[this.frame[o]][0]);return n.reverse()}};function ve(t,e,n){let o=0,s=e.length;for(;o<s;){let r=o+s>>1;t.x[e[r]]<=n?o=r+1:s=r}return o}function we(t){return t[4]?t[4]:t[1]?t[1]+(t[3]?":"+t[3]:""):t[2]||"?"}function kn(t){let e=[t],n=0;for(let o=0;o<t.length;o++)"(<[".includes(t[o])&&n++,")>]".includes(t[o])&&n--,!(n>0)&&(t[o]==="."&&o+1<t.length&&t[o+1]!=="."?e.push(t.slice(o+1)):t[o]===":"&&t[o+1]===":"?e.push(t.slice(o+2)):t[o]==="/"&&e.push(t.slice(o+1)));return e.sort((o,s)=>s.length-o.length)}function xn(t){let e=/^((.*\/)?[\w\d_]+)(\.|::)([^/]*)$/.exec(t[1]);return e?e[1]:t[2]?t[2].replace(/\/[^/]*$/,""):""}function ye(t){let e=2166136261;for(let n=0;n<t.length;n++)e=Math.imul(e^t.charCodeAt(n),16777619);return(e>>>0)%1048576}function Sn(t,e){return Uint8Array.from(t,n=>e&&(e.test(we(n))||e.test(n[1]))?1:0)}function Cn(t,e){let n=0,o=new Uint8Array(t.count);for(let s=1;s<t.count;s++){let r=o[t.parent[s]],l=e[t.frame[s]];l&&!r&&(n+=t.weight[s]),o[s]=r|l}return n}var N=20,Tn="12px system-ui, sans-serif",ko={light:{paper:"#fff",ink:"#1b1d21",faint:"#6b7178",rule:"#c9ced6",bar:"#e9ecf0",sat:52,light:79,grey:"#d9dde3",dim:.28,mark:"#1a56c4",select:"#0b3d91",sliver:"#b9bfc8"},dark:{paper:"#15171a",ink:"#f1f3f5",faint:"#9aa2ab",rule:"#3a4048",bar:"#262a30",sat:32,light:33,grey:"#3b4149",dim:.3,mark:"#8ab4ff",select:"#cfe0ff",sliver:"#555c66"}};function xo(t,e){let o=Math.min(1,Math.abs(t))**.6,s=t<0?214:28;return e?`hsl(${s} ${Math.round(8+60*o)}% ${Math.round(29+5*o)}%)`:`hsl(${s} ${Math.round(8+78*o)}% ${Math.round(86-20*o)}%)`}function So(t,e){let n=(o,s)=>Math.round(o+s*t);return e?`hsl(16 ${n(10,60)}% ${n(28,10)}%)`:`hsl(${n(48,-30)} ${n(30,60)}% ${n(88,-20)}%)`}var Zt=class{constructor(e,n,o){this.mode=e,this.tree=n,this.dark=o,this.of=new Map,this.p=ko[o?"dark":"light"]}hue(e,n){let o=e+`
`+n,s=this.of.get(o);if(s)return s;let r=(ye(e)+1)*.618033988749895*360%360,l=this.p.light+ye(n)%9-4,c=`hsl(${r.toFixed(0)} ${this.p.sat}% ${l}%)`;return this.of.set(o,c),c}node(e,n){if(n===0)return this.p.bar;let o=e.frames[e.frame[n]];if(this.mode==="change")return xo(Co(e,n),this.dark);if(this.mode==="file")return this.hue(o[2]||"?",o[1]);if(this.mode==="self"){let s=Math.min(1,(e.self[n]+(e.selfMinus?e.selfMinus[n]:0))/(e.weight[n]||1));return So(s,this.dark)}return this.hue(xn(o),o[1])}};function Co(t,e){if(!t.minus)return 0;let n=t.minus[e],o=t.plus[e];return n+o?(o-n)/(n+o):0}function xe(t,e){let n=t.minus[e],o=t.plus[e];if(n===o)return"=";if(!n)return"new";if(!o)return"gone";let s=Math.abs(100*(o-n)/n);return(o>n?"+":"−")+(s<10?s.toFixed(1):B(Math.round(s)))+"%"}var te=class{constructor(e,n,o){this.down=e,this.up=n,this.flipped=o,this.upRows=n?n.rows.length-1:0,this.rows=this.upRows+e.rows.length}line(e){let n=this.flipped?this.rows-1-e:e;return n<this.upRows?[this.up,this.upRows-n]:[this.down,n-this.upRows]}rowOf(e,n){let o=e===this.up&&n?this.upRows-n:this.upRows+n;return this.flipped?this.rows-1-o:o}at(e,n){if(e<0||e>=this.rows)return null;let[o,s]=this.line(e),r=o.at(s,n);return r<0?null:{tree:o,node:r}}},Jt=new Map;function At(t,e){let n=Jt.get(e);return n===void 0&&(n=t.measureText(e).width,Jt.size>6e4&&Jt.clear(),Jt.set(e,n)),n}var Mn=new Map;function ke(t,e,n){let o=Mn.get(e);o||Mn.set(e,o=kn(e));for(let l of o)if(At(t,l)<=n)return l;let s=o[o.length-1],r=Math.floor(n/At(t,s)*s.length)-1;for(;r>=2&&At(t,s.slice(0,r)+"…")>n;)r--;return r>=2?s.slice(0,r)+"…":""}function Dn(t,e,n,o,s){if(n===0)return ke(t,o,s);if(!e.minus)return ke(t,e.name(n),s);let r=xe(e,n),l=e.plus[n]-e.minus[n],c=s-At(t,r+" ")>60?r:l>0?"+":l<0?"−":"=";return`${c} ${ke(t,e.name(n),s-At(t,c+" "))}`}function Mo(t,e,n,o,s){t.save(),t.beginPath(),t.rect(e,n,o,N-1),t.clip(),t.strokeStyle=s,t.globalAlpha*=.35,t.beginPath();for(let r=e-N;r<e+o;r+=6)t.moveTo(r,n+N),t.lineTo(r+N,n);t.stroke(),t.restore()}function ee(t,e,n){let o=n.colors.p;t.fillStyle=o.paper,t.fillRect(0,0,n.width,n.height),t.font=Tn,t.textBaseline="middle";let s=Math.max(0,Math.floor(n.top/N)),r=Math.min(e.rows-1,Math.floor((n.top+n.height)/N));for(let l=s;l<=r;l++){let[c,i]=e.line(l);Eo(t,c,c.rows[i],l*N-n.top,n)}n.hover&&En(t,e,n,n.hover,o.mark,1.5),n.selected&&En(t,e,n,n.selected,o.select,2.5)}function Eo(t,e,n,o,s){let r=s.width/(s.view[1]-s.view[0]),l=s.colors.p,c=Math.max(0,ve(e,n,s.view[0])-1),i=-1,a=0;for(;c<n.length&&e.x[n[c]]<s.view[1];c++){let d=n[c],u=(e.x[d]-s.view[0])*r,p=e.w[d]*r;if(!(u+p<0)){if(p<1.5){i>=0&&u-a>1&&(t.fillStyle=l.sliver,t.fillRect(i,o,Math.max(.7,a-i),N-1),i=-1),i<0&&(i=u),a=u+p;continue}i>=0&&(t.fillStyle=l.sliver,t.fillRect(i,o,Math.max(.7,a-i),N-1),i=-1),To(t,e,d,u,p,o,s)}}i>=0&&(t.fillStyle=l.sliver,t.fillRect(i,o,Math.max(.7,a-i),N-1))}function To(t,e,n,o,s,r,l){let c=l.colors.p,i=Math.max(0,o),a=Math.min(l.width,o+s),d=l.flags&&n&&!l.flags[e.frame[n]];if(t.globalAlpha=d?c.dim:1,t.fillStyle=l.colors.node(e,n),t.fillRect(i,r,Math.max(.7,a-i-(s>3?1:.3)),N-1),e.minus&&n&&e.plus[n]<e.minus[n]&&a-i>8&&Mo(t,i,r,a-i-1,c.ink),t.globalAlpha=d?.55:1,a-i>18){let u=Dn(t,e,n,l.root,a-i-8);t.fillStyle=c.ink,u&&t.fillText(u,i+4,r+N/2)}if(l.hover&&n&&l.hover.node&&e.frame[n]===l.hover.tree.frame[l.hover.node]&&(t.strokeStyle=c.mark,t.lineWidth=1,t.strokeRect(i+.5,r+.5,Math.max(.5,a-i-2),N-2)),e.inlined[n]&&s>6){t.fillStyle=c.ink,t.globalAlpha=.35;for(let u=i;u<a-2;u+=5)t.fillRect(u,r,2,1)}t.globalAlpha=1}function En(t,e,n,{tree:o,node:s},r,l){let c=n.width/(n.view[1]-n.view[0]),i=e.rowOf(o,o.depth[s]),a=Math.max(0,(o.x[s]-n.view[0])*c),d=Math.min(n.width,(o.x[s]+o.w[s]-n.view[0])*c);t.strokeStyle=r,t.lineWidth=l,t.strokeRect(a+l/2,i*N-n.top+l/2,Math.max(1,d-a-l-1),N-1-l)}var Qt=t=>t.replace(/[&<>"\u0000-\u0008\u000b-\u001f]/g,e=>({"&":"&amp;","<":"&lt;",">":"&gt;",'"':"&quot;"})[e]||"?");function An(t,e,{width:n,title:o,root:s,words:r}){let l=e.p,c=document.createElement("canvas").getContext("2d");c.font=Tn;let i=28,a=t.rows*N+i+4,d=[`<svg xmlns="http://www.w3.org/2000/svg" width="${n}" height="${a}"`,'font-family="system-ui,sans-serif" font-size="12">',`<title>${Qt(o)}</title><rect width="100%" height="100%" fill="${l.paper}"/>`,`<text x="8" y="18" fill="${l.ink}" font-size="13" font-weight="600">${Qt(o)}</text>`,'<defs><pattern id="less" width="6" height="6" patternUnits="userSpaceOnUse">',`<path d="M0 6L6 0" stroke="${l.ink}" stroke-opacity=".35"/></pattern></defs>`];for(let u=0;u<t.rows;u++){let[p,$]=t.line(u),y=i+u*N;for(let h of p.rows[$]){let m=p.w[h]*n;if(m<.3)continue;let g=(p.x[h]*n).toFixed(1),k=Math.max(.3,m-(m>3?1:0)).toFixed(1),_=`x="${g}" y="${y}" width="${k}" height="${N-1}"`;d.push(`<g><title>${Qt(r(p,h))}</title>`),d.push(`<rect ${_} fill="${e.node(p,h)}"/>`),p.minus&&h&&p.plus[h]<p.minus[h]&&m>8&&d.push(`<rect ${_} fill="url(#less)"/>`);let v=m>18?Dn(c,p,h,s,m-8):"";v&&d.push(`<text x="${+g+4}" y="${y+14}" fill="${l.ink}">${Qt(v)}</text>`),d.push("</g>")}}return d.push("</svg>"),d.join(`
`)}function Se(t,e,n){if(!t.minus)return`${nt(t.plus[e],n)} (${q(t.plus[e],n.total)})`;let o=s=>`${nt(s,n)} (${q(s,n.total)})`;return`${o(t.minus[e])} → ${o(t.plus[e])}, ${e?xe(t,e):"in all"}`}function vt(t,e,n){let o=t.self[e]-(t.selfMinus?t.selfMinus[e]:0),s=e?t.name(e):"root",r=t.inlined[e]?" (inlined)":"";return`${s}${r}: ${Se(t,e,n)}, self ${nt(o,n)}`}function Ce(t,e){let n=t.frames[t.frame[e]];return n?n[1]||n[2]:""}var Rt=(t,e,n)=>Math.max(e,Math.min(n,t));function Me(t){let[e,n]=(t||"").split("-").map(Number);return e>=0&&n>e&&n<=1?[e,n]:[0,1]}function Rn({picture:t,about:e,colors:n,flags:o,act:s,pivot:r,menu:l,setLine:c,root:i}){let a=U(),d=U(),[u,p]=Yt(a),$=U({view:Me(V().get("x")),hover:null,selected:null,frame:0}),[,y]=S(0),h=$.current,m=()=>(h.view[1]-h.view[0])/(u||1),g=()=>{if(h.frame=0,!d.current||!u)return;let b=devicePixelRatio||1,C=Math.round(u*b),L=Math.round(p*b);(d.current.width!==C||d.current.height!==L)&&(d.current.width=C,d.current.height=L);let G=d.current.getContext("2d",{alpha:!1});G.setTransform(b,0,0,b,0,0),ee(G,t,{view:h.view,top:a.current.scrollTop,width:u,height:p,flags:o,hover:h.hover,selected:h.selected,colors:n,root:i})};h.paint=g;let k=()=>{h.frame||(h.frame=requestAnimationFrame(()=>h.paint()))};ht(()=>{h.selected=null,h.hover=null,h.view=Me(V().get("x")),a.current&&(a.current.scrollTop=t.flipped?1e7:0)},[t]);let _=V().get("x")||"";ht(()=>{h.view=Me(_)},[_]),ht(g,[t,n,o,u,p,_]);let v=b=>{let C=Rt(b[1]-b[0],1e-6,1),L=Rt(b[0],0,1-C);h.view=[L,L+C],k(),clearTimeout(h.later),h.later=setTimeout(()=>z({x:C>.9999?null:`${L.toFixed(7)}-${(L+C).toFixed(7)}`},!0),300)};D(()=>()=>clearTimeout(h.later),[]);let M=(b,C=.5)=>{let L=h.view[0]+C*(h.view[1]-h.view[0]);v([L-(L-h.view[0])*b,L+(h.view[1]-L)*b])},w=b=>{let C=d.current.getBoundingClientRect(),L=Math.floor((b.clientY-C.top+a.current.scrollTop)/N);return t.at(L,h.view[0]+(b.clientX-C.left)*m())},R=b=>{h.hover?.node===b?.node&&h.hover?.tree===b?.tree||(h.hover=b,c(b?[b.tree,b.node]:null),k())},x=b=>{h.selected=b,h.hover=null,c([b.tree,b.node]);let C=t.rowOf(b.tree,b.tree.depth[b.node])*N;C<a.current.scrollTop&&(a.current.scrollTop=C),C+N>a.current.scrollTop+p&&(a.current.scrollTop=C+N-p);let[L,G]=[b.tree.x[b.node],b.tree.x[b.node]+b.tree.w[b.node]];(G<=h.view[0]||L>=h.view[1])&&v([L-(h.view[1]-h.view[0])/2,L+(h.view[1]-h.view[0])/2]),k(),y(ut=>ut+1)},T=(b,C)=>{let L=h.selected||{tree:t.down,node:0},{tree:G,node:ut}=L;if(C>0){let St=G.kids(ut)[0];return x(St!==void 0?{tree:G,node:St}:L)}if(C<0){if(ut===0&&t.up&&G===t.down&&t.up.count>1)return x({tree:t.up,node:t.up.kids(0)[0]});let St=G.parent[ut];return x(G===t.up&&St===0?{tree:t.down,node:0}:{tree:G,node:St})}let oe=G.rows[G.depth[ut]];return x({tree:G,node:oe[Rt(oe.indexOf(ut)+b,0,oe.length-1)]})},E={ArrowLeft:()=>T(-1,0),ArrowRight:()=>T(1,0),ArrowDown:()=>T(0,t.flipped?-1:1),ArrowUp:()=>T(0,t.flipped?1:-1),"+":()=>M(.7),"=":()=>M(.7),"-":()=>M(1/.7),0:()=>v([0,1]),a:()=>v([h.view[0]-(h.view[1]-h.view[0])/5,h.view[1]-(h.view[1]-h.view[0])/5]),e:()=>v([h.view[0]+(h.view[1]-h.view[0])/5,h.view[1]+(h.view[1]-h.view[0])/5]),Enter:()=>h.selected&&s(h.selected,!1),p:()=>h.selected&&r(h.selected),z:()=>h.selected&&s(h.selected,!0),Escape:()=>z({p:null,z:null,x:null})," ":()=>h.selected&&so(h.selected)},A=b=>{if(!(b.ctrlKey||b.metaKey||b.altKey)){if(h.selected&&(b.key==="ContextMenu"||b.key==="F10"&&b.shiftKey||b.key==="m")){let C=d.current.getBoundingClientRect(),{tree:L,node:G}=h.selected;l(h.selected,[C.left+Rt((L.x[G]-h.view[0])/m(),0,u),C.top+t.rowOf(L,L.depth[G])*N-a.current.scrollTop+N])}else if(E[b.key])E[b.key]();else return;b.preventDefault()}},tt=gt(),so=b=>tt([b.tree.name(b.node)]),xt=U(null),ro=b=>{b.button||(xt.current={x:b.clientX,y:b.clientY,view:h.view,top:a.current.scrollTop,moved:!1},d.current.setPointerCapture(b.pointerId))},lo=b=>{let C=xt.current;if(!C)return R(w(b));if(Math.abs(b.clientX-C.x)+Math.abs(b.clientY-C.y)>4&&(C.moved=!0),C.moved){let L=(b.clientX-C.x)*m();v([C.view[0]-L,C.view[1]-L]),a.current.scrollTop=C.top-(b.clientY-C.y)}},ao=b=>{let C=xt.current;xt.current=null;let L=C&&!C.moved&&w(b);L&&s(L,b.shiftKey)},Fe=b=>{if(b.ctrlKey||b.metaKey){b.preventDefault();let C=d.current.getBoundingClientRect();M(Math.exp(Rt(b.deltaY,-80,80)/160),(b.clientX-C.left)/u)}else if(Math.abs(b.deltaX)>Math.abs(b.deltaY)||b.shiftKey){b.preventDefault();let C=(b.deltaX||b.deltaY)*m();v([h.view[0]+C,h.view[1]+C])}};D(()=>{let b=a.current;return b.addEventListener("wheel",Fe,{passive:!1}),()=>b.removeEventListener("wheel",Fe)});let io=h.selected?vt(h.selected.tree,h.selected.node,e):"Flame graph. Arrow keys go from box to box; the table shows the same as text.";return f`<div class="flame-box" ref=${a} onScroll=${k}>
    <canvas ref=${d} tabindex="0" role="img" aria-label=${io} onKeyDown=${A}
      onPointerDown=${ro} onPointerMove=${lo} onPointerUp=${ao}
        onPointerCancel=${()=>xt.current=null}
      onPointerLeave=${()=>R(null)}
      onContextMenu=${b=>{b.preventDefault();let C=w(b);C&&C.node&&l(C,[b.clientX,b.clientY])}}
      style=${{height:p+"px"}}></canvas>
    <div style=${{height:Math.max(0,t.rows*N-p)+"px"}}></div>
  </div>`}var Ln=()=>`${O.file||"profile"} ${V().get("si")||O.type}`;function On(t,e,n){let r=Math.min(t.rows*N,Math.floor(16e3)),l=document.createElement("canvas");l.width=1600*2,l.height=r*2;let c=l.getContext("2d");c.scale(2,2),ee(c,t,{view:[0,1],top:0,width:1600,height:r,flags:null,colors:e,root:n}),l.toBlob(i=>it("flamegraph.png","image/png",i))}var Do=`:root{color-scheme:light dark}
body{margin:0 8px;font:13px system-ui,sans-serif}
header{position:sticky;top:0;display:flex;gap:12px;align-items:center}
header{padding:8px 0;background:Canvas}
#line{overflow:hidden;white-space:nowrap;text-overflow:ellipsis}input{font:inherit}`,Ao=t=>t.replace(/</g,"\\u003c");async function Nn(t,e,n,o,s){let r=await(await fetch("assets/flame.js")).text(),l=Ao(JSON.stringify({data:t.data,about:{unit:t.about.unit,ratio:t.about.ratio,total:t.about.total},color:n,order:o,root:s,flipped:e.flipped})),c=Ln().replace(/[&<>]/g,"");it("flamegraph.html","text/html",`<!doctype html><html lang="en"><meta charset="utf-8"><title>${c}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>${Do}</style>
<header><b>${c}</b>
<input id="search" placeholder="Search regexp" aria-label="Search regexp">
<span id="line" role="status"></span></header>
<canvas></canvas><script type="application/json" id="flame">${l}<\/script><script>${r.replace(/<\/script/g,"<\\/script")}<\/script></html>`)}function Pn(t,e,n,o){let s=(l,c)=>vt(l,c,o),r=An(t,e,{width:1600,title:Ln(),root:n,words:s});it("flamegraph.svg","image/svg+xml",r)}var dt=24;function wt({label:t,columns:e,rows:n,by:o,onSort:s,isSelected:r,onSelect:l,onAct:c,onMenu:i,empty:a,rowClass:d}){let u=U(),[,p]=Yt(u),[$,y]=S(0),[h,m]=S(0),g=Math.max(0,Math.floor($/dt)-8),k=Math.min(n.length,g+Math.ceil((p||600)/dt)+16);D(()=>m(0),[n.length]);let _=w=>{let R=Math.max(0,Math.min(n.length-1,w)),x=R*dt;m(R),x<u.current.scrollTop&&(u.current.scrollTop=x);let T=p-dt*2;x>u.current.scrollTop+T&&(u.current.scrollTop=x-T),requestAnimationFrame(()=>u.current?.querySelector("tr[data-at]")?.focus({preventScroll:!0}))},v=w=>{let R=Math.max(1,Math.floor(p/dt)-2),x={ArrowDown:1,ArrowUp:-1,PageDown:R,PageUp:-R,Home:-n.length,End:n.length};if(!w.target.closest("thead")){if(w.key in x)_(h+x[w.key]);else if(w.key===" "&&l)l(n[h]);else if(w.key==="Enter"&&c)c(n[h]);else if((w.key==="ContextMenu"||w.key==="F10"&&w.shiftKey)&&i){let T=u.current.querySelector("tr[data-at]").getBoundingClientRect();i(n[h],[T.left+240,T.bottom])}else return;w.preventDefault()}},M=w=>o===w.key?"descending":o==="-"+w.key?"ascending":"none";return f`<div class="scroll" ref=${u} onScroll=${()=>y(u.current.scrollTop)}>
    <table aria-label=${t} aria-rowcount=${n.length+1} onKeyDown=${v}>
      <thead><tr aria-rowindex="1">${e.map(w=>f`<th scope="col" class=${w.className||""}
        aria-sort=${s&&w.sort?M(w):void 0}>${s&&w.sort?f`<button onClick=${()=>s(w.key)}>${w.title}<span aria-hidden="true">${{descending:" ↓",ascending:" ↑",none:""}[M(w)]}</span></button>`:w.title}</th>`)}</tr></thead>
      <tbody>
        ${g>0&&f`<tr aria-hidden="true"><td colspan=${e.length}
          style=${{height:g*dt+"px"}}></td></tr>`}
        ${n.slice(g,k).map((w,R)=>f`<tr key=${g+R} aria-rowindex=${g+R+2}
          tabindex=${g+R===h?0:-1} data-at=${g+R===h?"":void 0}
          aria-selected=${r?r(w):void 0}
          class=${(r?.(w)?"selected ":"")+(d?.(w)||"")}
          onClick=${x=>{m(g+R),l&&!x.target.closest("a,button")&&l(w)}}
          onDblClick=${()=>c&&c(w)}
          onContextMenu=${x=>{i&&(x.preventDefault(),i(w,[x.clientX,x.clientY]))}}>
          ${e.map((x,T)=>T===e.length-1?f`<th scope="row" class=${x.className||""}>${x.cell(w)}</th>`:f`<td class=${x.className||""}>${x.cell(w)}</td>`)}</tr>`)}
        ${k<n.length&&f`<tr aria-hidden="true"><td colspan=${e.length}
          style=${{height:(n.length-k)*dt+"px"}}></td></tr>`}
      </tbody></table>
    ${n.length===0&&f`<p class="nothing">${a||"Nothing to show."}</p>`}
  </div>`}var yt=(t,e)=>t===e?"-"+e:e;function kt(t,e,n){let o=!n.startsWith("-"),s=e.find(c=>c.key===n.replace(/^-/,""));if(!s||!s.sort)return t;let r=t.map(c=>[s.sort(c),c]),l=r.length&&typeof r[0][0]=="string";return r.sort(([c],[i])=>l?c<i?-1:c>i?1:0:i-c),o||r.reverse(),r.map(([,c])=>c)}function Wn({tree:t,about:e,flags:n,onAct:o,onMenu:s}){let[r,l]=S(()=>new Set(Fn(t)));D(()=>l(new Set(Fn(t))),[t]);let c=Y(()=>{let p=[],$=[0];for(;$.length;){let y=$.pop();p.push(y);let h=t.kids(y);if(r.has(y))for(let m=h.length;m-- >0;)$.push(h[m])}return p},[t,r]),i=p=>{let $=new Set(r);$.delete(p)||$.add(p),l($)},a=e.total,d=(p,$,y)=>nt(p[y]-($?$[y]:0),e),u=[{key:"total",title:t.minus?"Change":"Total",className:"num",cell:p=>d(t.plus,t.minus,p)},{key:"share",title:"Share",className:"num",cell:p=>q(t.plus[p]-(t.minus?t.minus[p]:0),a)},{key:"self",title:"Self",className:"num",cell:p=>d(t.self,t.selfMinus,p)},{key:"name",title:"Function, with what it calls below it",cell:p=>f`<span style=${{paddingLeft:t.depth[p]*14+"px"}}>
      ${t.kids(p).length?f`<button class="twist" aria-expanded=${r.has(p)}
            aria-label=${r.has(p)?"Close":"Open"}
        onClick=${()=>i(p)}>${r.has(p)?"▾":"▸"}</button>`:f`<span class="twist"></span>`}
      ${p?t.name(p):"root"}${t.inlined[p]?f` <small>(inlined)</small>`:""}</span>`}];return f`<${wt} label="Call tree" columns=${u} rows=${c}
    onSelect=${p=>t.kids(p).length>0&&i(p)}
    onAct=${p=>o({tree:t,node:p},!1)}
    onMenu=${(p,$)=>p&&s({tree:t,node:p},$)}
    rowClass=${p=>n&&p&&n[t.frame[p]]?"found":""} />`}function Fn(t){let e=[0];for(let n=0;n<12&&t.kids(e[n]).length;n++)e.push(t.kids(e[n])[0]);return e}function Lt({label:t,name:e,value:n,options:o}){return f`<label class="choice">${t} <select value=${n}
    onChange=${s=>z({[e]:s.target.value===o[0][0]?null:s.target.value})}>
    ${o.map(([s,r])=>f`<option value=${s}
      selected=${s===n}>${r}</option>`)}</select></label>`}function qn(){let t=j(),e=X("flamegraph");J(e);let n=Vt(),[o,s]=S(null),[r,l]=S(null),c=t.get("order")||"weight",i=Y(()=>{if(!e.data)return null;let{frames:E,down:A,up:tt}=e.data;return new te(new Dt(E,A,c),tt&&tt.parent.length>1?new Dt(E,tt,c):null,t.get("dir")==="flame")},[e.data,c,t.get("dir")]),a=!!i?.down.minus,d=t.get("color")||(a?"change":"package"),u=Y(()=>i&&new Zt(d,i.down,n),[i,d,n]),p=K(t.get("q")),$=Y(()=>i&&p?Sn(e.data.frames,p):null,[e.data,t.get("q"),i]),y=t.get("p"),h=y?`all stacks through ${y}`:t.get("z")?"root (zoomed)":"root";D(()=>s(null),[i]);let m=({tree:E,node:A})=>z({p:A?ot([Ce(E,A)]):null,z:null,x:null}),g=({tree:E,node:A})=>{y||E!==i.down?z({x:A?`${E.x[A].toFixed(7)}-${Math.min(1,E.x[A]+E.w[A]).toFixed(7)}`:null}):z({z:A?E.path(A).join("."):null,x:null})},k=(E,A)=>t.get("click")==="zoom"!==A?g(E):m(E),_=(E,A)=>l({hit:E,where:A});if(!i)return f`<${Q} state=${e} what=${"Drawing …"} />`;let v=e.about,M=$&&Cn(i.down,$),w=$?"":`${h}: ${Se(i.down,0,v)}`,R=o?vt(o[0],o[1],v):w,x=[["weight","by weight (left heavy)"],["name","by name"]].concat(e.data.times?[["time","by time"]]:[]),T=i.down.count===1;return f`<main class="page flame">
    <div class="tools" role="toolbar" aria-label="Flame graph">
      <${Lt} label="Direction" name="dir" value=${t.get("dir")||"icicle"} options=${[["icicle","icicle"],["flame","flame"]]} />
      <${Lt} label="Order" name="order" value=${c} options=${x} />
      <${Lt} label="Colour" name="color" value=${d} options=${(a?[["change","by change"]]:[]).concat([["package","by package"],["file","by file"],["self","by self"]])} />
      <${Lt} label="Click" name="click" value=${t.get("click")||"pivot"} options=${[["pivot","pivots"],["zoom","zooms"]]} />
      <${Lt} label="As" name="as" value=${t.get("as")||"picture"} options=${[["picture","picture"],["table","table"]]} />
      <${st} title="Save picture">
        <${W} title="SVG"
          onClick=${()=>Pn(i,u,h,v)} />
        <${W} title="PNG" onClick=${()=>On(i,u,h)} />
        <${W} title="HTML" hint="one file that works alone"
          onClick=${()=>Nn(e,i,d,c,h)} />
      <//>
      ${(y||t.get("z")||t.get("x"))&&f`<button
        onClick=${()=>z({p:null,z:null,x:null})}>Show all</button>`}
      ${a&&f`<span class="legend" aria-hidden="true"><i class="less"></i>less<i
        class="same"></i>same<i class="more"></i>more</span>`}
    </div>
    <div class="line" role="status">
      <span class="who">${R}</span>
      ${$&&f`<span class="found-sum">
        matched ${nt(M,v)} (${q(M,i.down.weight[0])})</span>`}
    </div>
    ${T?f`<p class="nothing">${Kt}</p>`:t.get("as")==="table"?f`<${Wn} tree=${i.down} about=${v} flags=${$} onAct=${k}
            onMenu=${_} />`:f`<${Rn} picture=${i} about=${v} colors=${u} flags=${$}
            act=${k} pivot=${m} menu=${_} setLine=${s} root=${h} />`}
    ${r&&f`<${bt} at=${r.where} name=${Ce(r.hit.tree,r.hit.node)}
        onClose=${()=>l(null)}
      more=${[["Pivot: all stacks through it",()=>m(r.hit)],["Zoom into this box",()=>g(r.hit)]]} />`}
  </main>`}var zn=(t,e,n)=>Math.max(e,Math.min(n,t));function Ro(t){let e=new DOMParser().parseFromString(t,"image/svg+xml").documentElement;return e.nodeName!=="svg"?null:(e.querySelectorAll("script").forEach(n=>n.remove()),e.querySelector(":scope > rect")?.remove(),e.querySelector("#legend")?.remove(),e.removeAttribute("font-family"),document.importNode(e,!0))}var Lo="Call graph. Tab goes from function to function, Enter selects, plus and minus zoom, arrows move.";function Oo({data:t,about:e,selected:n,onToggle:o,onMenu:s,re:r}){let l=U(),c=U({k:1,x:0,y:0}),i=Y(()=>Ro(t.svg),[t]),a=c.current,d=()=>{i.style.transform=`translate(${a.x}px, ${a.y}px) scale(${a.k})`},u=_=>{let[,,v,M]=i.getAttribute("viewBox").split(" ").map(Number),w=l.current.getBoundingClientRect();if(a.k=zn(Math.min(w.width/v,w.height/M),_,1),a.x=(w.width-v*a.k)/2,a.y=0,v*a.k>w.width||M*a.k>w.height){let R=0;t.nodes.forEach((T,E)=>{Math.abs(T[4])>Math.abs(t.nodes[R][4])&&(R=E)});let x=i.querySelector(`#node${R+1}`)?.getBBox();x&&(a.x=w.width/2-(x.x+x.width/2)*a.k),x&&(a.y=Math.min(8,w.height/3-x.y*a.k))}d()},p=(_,v,M)=>{let w=zn(a.k*_,.05,10);a.x=v-(v-a.x)*w/a.k,a.y=M-(M-a.y)*w/a.k,a.k=w,d()};D(()=>{if(!i)return;let _=i.querySelector("#graph0");_?.setAttribute("transform","translate(0,0)");let[,,v,M]=i.getAttribute("viewBox").split(" ").map(Number);l.current.replaceChildren(i);let w=_?.getBBox(),R=w&&w.width?[Math.ceil(w.x+w.width+24),Math.ceil(w.y+w.height+24)]:[v,M];i.setAttribute("viewBox",`0 0 ${R[0]} ${R[1]}`),i.setAttribute("width",R[0]),i.setAttribute("height",R[1]),i.setAttribute("role","group"),t.nodes.forEach((x,T)=>{let E=i.querySelector(`#node${T+1}`);E&&(E.setAttribute("tabindex","0"),E.setAttribute("role","button"),E.setAttribute("aria-label",`${x[0]}: ${x[5]} of ${x[6]} (${q(x[4],e.total)})`),E.dataset.at=T)}),u(.6)},[i]),D(()=>{t.nodes.forEach((_,v)=>{let M=i?.querySelector(`#node${v+1}`);M&&(M.classList.toggle("selected",n.has(_[1]||_[0])),M.classList.toggle("found",!!r&&r.test(_[0])),M.setAttribute("aria-pressed",n.has(_[1]||_[0])))})},[i,n,r]);let $=U(null),y=_=>{let v=_.target.closest?.("[data-at]");return v?t.nodes[v.dataset.at]:null},h=_=>{_.button||($.current={x:_.clientX,y:_.clientY,ox:a.x,oy:a.y,moved:!1,node:y(_)},l.current.setPointerCapture(_.pointerId))},m=_=>{let v=$.current;v&&(Math.abs(_.clientX-v.x)+Math.abs(_.clientY-v.y)>4&&(v.moved=!0),v.moved&&(a.x=v.ox+_.clientX-v.x,a.y=v.oy+_.clientY-v.y,d()))},g=()=>{let _=$.current;$.current=null,_&&!_.moved&&_.node&&o(_.node[1]||_.node[0])};return D(()=>{let _=M=>{M.preventDefault();let w=l.current.getBoundingClientRect();p(M.deltaY<0?1.1:.9090909090909091,M.clientX-w.left,M.clientY-w.top)},v=l.current;return v.addEventListener("wheel",_,{passive:!1}),()=>v.removeEventListener("wheel",_)}),f`<div class="graph-box" ref=${l} tabindex="0" role="group" onKeyDown=${_=>{let v=l.current.getBoundingClientRect(),M=y(_),w={ArrowLeft:[60,0],ArrowRight:[-60,0],ArrowUp:[0,60],ArrowDown:[0,-60]};if(_.key==="+"||_.key==="=")p(1.25,v.width/2,v.height/2);else if(_.key==="-")p(.8,v.width/2,v.height/2);else if(_.key==="0")u(.05);else if(w[_.key])a.x+=w[_.key][0],a.y+=w[_.key][1],d();else if(M&&(_.key==="Enter"||_.key===" "))o(M[1]||M[0]);else if(M&&(_.key==="ContextMenu"||_.key==="m")){let R=_.target.getBoundingClientRect();s(M,[R.left,R.bottom])}else return;_.preventDefault()}}
    aria-label=${Lo}
    onPointerDown=${h} onPointerMove=${m} onPointerUp=${g}
      onPointerCancel=${()=>$.current=null}
    onContextMenu=${_=>{let v=y(_);v&&(_.preventDefault(),s(v,[_.clientX,_.clientY]))}}
    onDblClick=${_=>y(_)||u(.05)}></div>`}var Un=(t,e)=>t?f` <small>(${e})</small>`:"",Hn=(t,e)=>[{key:"weight",title:"Weight",className:"num",sort:n=>n[2],cell:n=>n[3]},{key:"share",title:"Share",className:"num",cell:n=>q(n[2],e.total)},{key:"from",title:"Caller",sort:n=>t.nodes[n[0]][0],cell:n=>t.nodes[n[0]][0]},{key:"to",title:"Callee",sort:n=>t.nodes[n[1]][0],cell:n=>f`${t.nodes[n[1]][0]}${Un(n[4],"inlined")}${Un(n[5],"over others")}`}];function Bn(){let t=j(),e=X("graph");J(e);let n=gt(),[o,s]=S(new Set),[r,l]=S(null),c=K(t.get("q"));D(()=>{s(new Set),n([])},[e.data]);let i=$=>{let y=new Set(o);y.delete($)||y.add($),s(y),n([...y])};if(!e.data)return f`<${Q} state=${e} what=${"Laying out …"} />`;let{data:a,about:d}=e,u=t.get("as")==="table",p=t.get("by")||"weight";return f`<main class="page graph">
    <div class="tools" role="toolbar" aria-label="Graph">
      <label class="choice">As <select value=${u?"table":"picture"}
        onChange=${$=>z({as:$.target.value==="table"?"table":null})}>
        <option value="picture" selected=${!u}>picture</option><option value="table"
          selected=${u}>table of calls</option></select></label>
      <${st} title="Save picture"><${W} title="SVG"
        onClick=${()=>it("graph.svg","image/svg+xml",a.svg)} /><//>
      <span class="hint">${a.nodes.length} functions, ${a.edges.length} calls. Drag moves,
        the wheel zooms, a click selects.</span>
    </div>
    ${a.nodes.length===0?f`<p class="nothing">No functions: the profile is empty, or the filters leave
            nothing.</p>`:u?f`<${wt} label="Calls" columns=${Hn(a,d)} by=${p}
            onSort=${$=>z({by:yt(p,$)})}
        rows=${kt(a.edges.filter($=>!c||c.test(a.nodes[$[0]][0])||c.test(a.nodes[$[1]][0])),Hn(a,d),p)} />`:f`<${Oo} data=${a} about=${d} selected=${o} onToggle=${i}
            re=${c}
        onMenu=${($,y)=>l({name:$[1]||$[0],where:y})} />`}
    ${r&&f`<${bt} at=${r.where} name=${r.name} onClose=${()=>l(null)} />`}
  </main>`}var Ee=(t,e,n)=>f`<span class="bar"
    style=${{"--share":Math.min(1,Math.abs(t/(e||1))).toFixed(4)}}>${n}</span>`,In=t=>t<0?"less":"";function Kn(){let t=j(),e=X("top");J(e);let n=gt(),[o,s]=S(new Set),[r,l]=S(null),c=K(t.get("q")),i=t.get("by")||(t.get("sort")==="cum"?"cum":"flat");D(()=>{s(new Set),n([])},[e.data]);let a=e.about?.total,d=Y(()=>[2,3].map(m=>(e.data?.rows||[]).reduce((g,k)=>Math.max(g,Math.abs(k[m])),0)),[e.data]),u=Y(()=>[{key:"flat",title:"Flat",className:"num",sort:m=>Math.abs(m[2]),cell:m=>f`<span class=${In(m[2])}>${Ee(m[2],d[0],m[4])}</span>`},{key:"flatShare",title:"Flat%",className:"num",cell:m=>q(m[2],a)},{key:"sum",title:"Sum%",className:"num extra",cell:m=>q(m.sum,a)},{key:"cum",title:"Cum",className:"num",sort:m=>Math.abs(m[3]),cell:m=>f`<span class=${In(m[3])}>${Ee(m[3],d[1],m[5])}</span>`},{key:"cumShare",title:"Cum%",className:"num",cell:m=>q(m[3],a)},{key:"name",title:"Name",sort:m=>m[0],cell:m=>f`<span title=${m[0]}>${m[0]}</span>${m[1]&&f` <small>${m[1]}</small>`}`}],[a,d]),p=Y(()=>{if(!e.data)return[];let m=e.data.rows.map(_=>_.slice());m.forEach((_,v)=>{_.i=v});let g=kt(m,u,i),k=0;for(let _ of g)_.sum=k+=_[2];return g},[e.data,i,u]),$=Y(()=>c?p.filter(m=>c.test(m[0])):p,[p,t.get("q")]),y=m=>m[6]||m[0],h=m=>{let g=new Set(o);g.delete(y(m))||g.add(y(m)),s(g),n([...g])};return e.data?f`<main class="page">
    <div class="tools"><span class="hint">
      ${B($.length)}${c?` of ${B(p.length)}`:""} functions,
      total ${e.about.totalText}. A click selects, Enter shows the source.</span></div>
    <${wt} label="Functions by weight" columns=${u} rows=${$} by=${i}
      onSort=${m=>z({by:yt(i,m)})}
      isSelected=${m=>o.has(y(m))} onSelect=${h}
      onAct=${m=>at(I("source",{f:ot([y(m)])}))}
      onMenu=${(m,g)=>l({name:y(m),where:g})}
      empty=${c?"No function matches the search.":Kt} />
    ${r&&f`<${bt} at=${r.where} name=${r.name} onClose=${()=>l(null)} />`}
  </main>`:f`<${Q} state=${e} what=${"Counting …"} />`}var No=60;function jn({list:t,cum:e,what:n}){let[o,s]=S(!1),r=typeof t[t.length-1]=="number"?t[t.length-1]:0,l=r?t.slice(0,-1):t,c=o?l:l.slice(0,No);return f`${c.map(i=>f`<tr class=${n}>
    <td class="num">${Ee(i[1],e,i[2])}</td><td class="num">${q(i[1],e)}</td>
    <th scope="row"><span class="indent">${n==="caller"?"↓":"↳"} <a
      href=${I("peek",{f:ot([i[4]])})}
      onClick=${a=>et(a,a.currentTarget.getAttribute("href"))}>${i[0]}</a>
      ${i[3]?f` <small>(inlined)</small>`:""}</span></th></tr>`)}
    ${l.length>c.length&&f`<tr><td></td><td></td><th scope="row"><button
      onClick=${()=>s(!0)}>${l.length-c.length} more</button></th></tr>`}
    ${r>0&&o&&f`<tr><td></td><td></td><th scope="row">
    <small>and ${r} lighter ones</small></th></tr>`}`}function Gn(){let t=j(),e=X("peek");J(e);let n=K(t.get("q"));if(!e.data)return f`<${Q} state=${e} what=${"Looking up …"} />`;let{data:o,about:s}=e,r=o.nodes.filter(l=>!n||n.test(l.name));return f`<main class="page flow">
    ${!t.get("f")&&f`<p
      class="hint">The heaviest functions. Type an expression in the search box and press Enter to
      see some.</p>`}
    <table class="peek" aria-label="Callers and callees">
      <thead><tr><th class="num" scope="col">Weight</th><th class="num" scope="col">Of cum</th><th
        scope="col">Callers above, callees below</th></tr></thead>
      ${r.map(l=>f`<tbody>
        <${jn} list=${l.callers} cum=${l.cum} what="caller" />
        <tr class="node"><td class="num">${l.cumText}</td><td
          class="num">${q(l.cum,s.total)}</td>
          <th scope="row"><a href=${I("source",{f:ot([l.function])})}
            onClick=${c=>et(c,c.currentTarget.getAttribute("href"))}>${l.name}</a>
          <small> flat ${l.flatText} (${q(l.flat,s.total)})</small></th></tr>
        <${jn} list=${l.callees} cum=${l.cum} what="callee" />
      </tbody>`)}
    </table>
    ${r.length===0&&f`<p class="nothing">Nothing matches.</p>`}
    ${o.leftOut>0&&f`<p class="hint">${B(o.leftOut)} more functions match; a
      narrower expression shows them.</p>`}
  </main>`}var Te=t=>t?"num hot":"num";function Yn({of:t,about:e}){return f`<p>flat <b>${t.texts[0]||"0"}</b>, cum <b>${t.texts[1]||"0"}</b>
    ${" "}(${q(t.cum,e.total)} of the total)</p>`}function Po({i:t,before:e}){let n=t[6],o=e?e[6]:[],s=0;for(;s<n.length&&s<o.length&&n[s][0]===o[s][0]&&n[s][1]===o[s][1];)s++;let r=c=>c.split("/").pop(),l=f`<tr class="gap"><td colspan="3"></td><td class="code">⋮</td></tr>`;return f`${t[5]?l:""}
    ${n.slice(s).map((c,i)=>f`<tr class="call"><td colspan="2"></td><td class="num">${c[1]}</td>
      <td class="code"><span
        style=${{paddingLeft:(s+i+1)*2+"ch"}}>inlined: ${r(c[0])}:${c[1]}</span>
        </td></tr>`)}
    <tr class="asm"><td class=${Te(t[0])}>${t[0]}</td><td class="num">${t[1]}</td><td
      class="num faint">${t[2]}</td>
      <td class="code"><span
        style=${{paddingLeft:(n.length+1)*2+"ch"}}>${t[3]}</span>${t[4]&&f`<span
          class="place">${t[4]}</span>`}</td></tr>`}function Fo({line:t,forced:e}){let[n,o]=S(null),s=t[4],r=s&&(n??e),l=t[3]===null?t[0]?"(this line of the source is not here)":"(line not known)":t[3],c=f`<td class=${Te(t[1])}>${t[1]}</td><td class="num">${t[2]}</td><td
    class="num faint">${t[0]||""}</td>`;return s?f`<tr class="opens" onClick=${()=>o(!r)}>${c}
      <td class="code"><button class="line" aria-expanded=${!!r}>${l||" "}</button></td>
      </tr>
    ${r&&s.map((i,a)=>f`<${Po} i=${i} before=${s[a-1]} />`)}`:f`<tr class=${t[2]?"":"idle"}>${c}<td class="code">${l}</td></tr>`}function Wo({f:t,about:e,forced:n}){return f`<section class="function"><h2>${t.name}</h2>
    <p class="faint file">${t.file||"(no source file is known)"}</p>
    ${t.trouble&&f`<p class="warning">${t.trouble}</p>`}
    <${Yn} of=${t} about=${e} />
    <div class="code-box" tabindex="0" role="region" aria-label=${"Source of "+t.name}><table
      class="source" aria-label=${t.name}>
      <thead><tr><th class="num" scope="col">Flat</th><th class="num" scope="col">Cum</th><th
        class="num" scope="col">Line</th><th scope="col">Source</th></tr></thead>
      <tbody>${t.lines.map(o=>f`<${Fo} line=${o} forced=${n} />`)}</tbody></table>
      </div></section>`}function Vn(){let t=j(),e=X("source");J(e);let[n,o]=S(!1),s=K(t.get("q"));if(!e.data)return f`<${Q} state=${e} what=${"Reading binaries and sources …"} />`;let{data:r,about:l}=e,c=r.functions.filter(i=>!s||s.test(i.name)||s.test(i.file));return f`<main class="page flow">
    <div class="tools"><button aria-pressed=${n}
      onClick=${()=>o(!n)}>${n?"Hide":"Show"} all instructions</button>
      <span class="hint">A click on a line shows its instructions and inlined calls.
        ${t.get("f")?"":" The heaviest functions are shown; search for others."}</span></div>
    ${c.map(i=>f`<${Wo} key=${i.name+i.file} f=${i} about=${l}
      forced=${n} />`)}
    ${c.length===0&&f`<p class="nothing">No function to show.</p>`}
    ${r.leftOut>0&&f`<p
      class="hint">${r.leftOut} more functions match; a narrower expression shows them.</p>`}
  </main>`}function qo({r:t,about:e}){return f`<section class="function"><h2>${t.name}</h2>
    ${t.others.length>0&&f`<p class="faint">also ${t.others.join(", ")}</p>`}
    <${Yn} of=${t} about=${e} />
    <div class="code-box" tabindex="0" role="region" aria-label=${"Instructions of "+t.name}>
    <table class="source disasm" aria-label=${t.name}>
      <thead><tr><th class="num" scope="col">Flat</th><th class="num" scope="col">Cum</th><th
        class="num" scope="col">Address</th><th scope="col">Instruction</th><th
          scope="col">Comes from</th></tr></thead>
      <tbody>${t.lines.map((n,o)=>{let s=t.lines[o-1],r=!s||s[4]!==n[4]||s[5]!==n[5];return f`<tr class=${n[1]?"":"idle"}><td class=${Te(n[0])}>${n[0]}</td><td
          class="num">${n[1]}</td><td class="num faint">${n[2]}</td>
          <td class="code">${n[3]}</td><td
            class="code faint">${r?[n[4],n[5]].filter(Boolean).join(" "):""}</td></tr>`})}</tbody></table></div></section>`}function Xn(){let t=j(),e=X("disasm");J(e);let n=K(t.get("q"));if(!e.data)return f`<${Q} state=${e} what=${"Disassembling …"} />`;let o=e.data.routines.filter(s=>!n||n.test(s.name));return f`<main class="page flow">
    ${!t.get("f")&&f`<p
      class="hint">The heaviest functions are shown; search for others.</p>`}
    ${o.map(s=>f`<${qo} key=${s.name} r=${s} about=${e.about} />`)}
    ${o.length===0&&f`<p class="nothing">No function to show.</p>`}
  </main>`}function De(t,e){let n=`${e[4]}${t.unit}`;return`${t.key}=${e[4]===null?`^${Gt(e[0])}$`:`${n}:${n}`}`}function ct({to:t,children:e,title:n}){return f`<a href=${t} title=${n} onClick=${o=>et(o,t)}>${e}</a>`}function zo({k:t,about:e,re:n}){let o=t.values.filter(r=>!n||n.test(r[0])||n.test(t.key));if(!o.length)return null;let s={tagroot:t.key};return f`<section class="label-key">
  <h2>${t.key} <small>${t.sumText} (${q(t.sum,e.total)})</small></h2>
    <p class="hint"><${ct}
      to=${I("flamegraph",s)}>Flame graph with it at the root</${ct}></p>
    <table aria-label=${"Values of "+t.key}><thead><tr><th class="num" scope="col">Weight</th><th
      class="num" scope="col">Share</th>
      <th class="num" scope="col">Samples</th><th scope="col">Value</th><th scope="col">Filter</th>
      </tr></thead><tbody>
      ${o.map(r=>f`<tr><td class="num"><span class="bar"
          style=${{"--share":Math.min(1,Math.abs(r[1]/(e.total||1)))}}>${r[2]}</span>
          </td>
        <td class="num">${q(r[1],e.total)}</td><td
          class="num">${B(r[3])}</td><th scope="row">${r[0]||"(empty)"}</th>
        <td><${ct} to=${Z("labels",{tf:De(t,r)})}>only</${ct}> <${ct}
          to=${Z("labels",{ti:De(t,r)})}>without</${ct}> <${ct}
            to=${I("flamegraph",{tf:De(t,r)})}>flame graph</${ct}></td></tr>`)}
    </tbody></table>
    ${t.leftOut>0&&f`<p
      class="hint">${B(t.leftOut)} more values.</p>`}</section>`}function Jn(){let t=j(),e=X("labels");J(e);let n=K(t.get("q"));if(!e.data)return f`<${Q} state=${e} what=${"Summing …"} />`;let o=t.get("tf")||t.get("ti");return f`<main class="page flow">
    ${o&&f`<div class="tools"><button
      onClick=${s=>et(s,Z("labels",{tf:null,ti:null}))}>
      Show all samples</button></div>`}
    ${e.data.keys.map(s=>f`<${zo} key=${s.key} k=${s} about=${e.about} re=${n}
      />`)}
    ${e.data.keys.length===0&&f`<p class="nothing">The samples carry no labels.</p>`}
  </main>`}var ne=t=>t.state+`
`+t.frames.map(e=>e.join(" ")).join(`
`)+`
`+t.by,Uo=t=>`${t.state} ${t.by} ${t.frames.map(e=>e.join(" ")).join(" ")}`;function Ho(t,e){let n=new Map(e.groups.map(s=>[ne(s),s])),o=t.groups.map(s=>{let r=n.get(ne(s));return n.delete(ne(s)),{...s,was:r?r.count:0}});for(let s of n.values())o.push({...s,was:s.count,count:0});return o}var Qn=[{key:"count",title:"Count",sort:t=>t.count},{key:"delta",title:"Change",sort:t=>t.count-(t.was??t.count)},{key:"longest",title:"Longest wait",sort:t=>t.longest},{key:"state",title:"State",sort:t=>t.state},{key:"where",title:"Where, and who started it",sort:t=>t.frames[0]?.[0]||""}],Bo=t=>{let e=t.count-t.was;return e>0?`+${e}`:e<0?`−${-e}`:"="},Io=/^(runtime\.|sync\.|internal\/|syscall\.|__|pthread_|futex|poll$|epoll_|read$|accept)/;function jo({g:t,isDiff:e}){let[n,o]=S(!1),s=t.frames[0],r=t.count<t.was?"less":t.count>t.was?"more":"",l=t.frames.find(c=>!Io.test(c[0]))||s;return f`<tr class="opens" onClick=${c=>c.target.closest("a")||o(!n)}>
      <td class="num"><b>${t.count}</b></td>
      ${e&&f`<td class=${"num "+r}>${Bo(t)}</td>`}
      <td class="num">${_e(t.longest)}</td><td>${t.state}</td>
      <th scope="row"><button class="line"
        aria-expanded=${n}>${l?l[0]:"(no frames)"}</button>
        ${l!==s&&s&&f` <small>in ${s[0]}</small>`}
        ${t.by&&f` <small>by ${t.by}</small>`}</th></tr>
    ${n&&f`<tr class="stack"><td colspan=${e?5:4}><ol>${t.frames.map(c=>f`<li>
      <span>${c[0]}</span> <small>${c[1]}</small></li>`)}
      ${t.by&&f`<li class="by">created by ${t.by} <small>${t.byAt}</small></li>`}</ol>
      <p class="faint">
        ids ${t.ids.join(", ")}${t.count>t.ids.length?", …":""}</p></td></tr>`}`}function Zn(){let t=j(),e=X("goroutines",{keep:!1});J(e);let n=K(t.get("q")),o=t.get("by")||(e.data?.before?"delta":"count"),s=!!e.data?.before,r=Y(()=>{if(!e.data)return[];let u=s?Ho(e.data.now,e.data.before):e.data.now.groups;return kt(u,Qn,o)},[e.data,o]);if(!e.data)return f`<${Q} state=${e} what=${"Reading the dump …"} />`;let l=[...new Set(r.map(u=>u.state))].sort(),c=t.get("sel"),i=r.filter(u=>(!n||n.test(Uo(u)))&&(!c||u.state===c)),a=i.reduce((u,p)=>u+p.count,0),d=u=>o===u.key?"descending":o==="-"+u.key?"ascending":"none";return f`<main class="page flow">
    <div class="tools">
      <label class="choice">State <select value=${c||""}
        onChange=${u=>z({sel:u.target.value||null})}>
        <option value="">all</option>${l.map(u=>f`<option value=${u}
          selected=${u===c}>${u}</option>`)}</select></label>
      <span class="hint">${B(a)} of ${B(e.data.now.total)} goroutines
        in ${B(i.length)} groups${s?", compared with an earlier moment":""}.
      </span>
    </div>
    <table class="goroutines" aria-label="Goroutines, grouped"><thead><tr>${Qn.filter(u=>s||u.key!=="delta").map(u=>f`<th scope="col"
          class=${["count","delta","longest"].includes(u.key)?"num":""}
            aria-sort=${d(u)}>
      <button onClick=${()=>z({by:yt(o,u.key)})}>${u.title}<span
        aria-hidden="true">${{descending:" ↓",ascending:" ↑",none:""}[d(u)]}</span>
        </button></th>`)}</tr></thead>
      <tbody>${i.slice(0,1e3).map(u=>f`<${jo} key=${ne(u)} g=${u}
        isDiff=${s} />`)}</tbody></table>
    ${i.length>1e3&&f`<p
      class="hint">The first 1,000 groups are shown; search for others.</p>`}
    ${i.length===0&&f`<p class="nothing">No goroutine matches.</p>`}
  </main>`}var Oe=t=>new Date(t).toLocaleTimeString("en-GB"),Ae=t=>t.includes("(bytes)"),Re=t=>t.replace(" (bytes)",""),Le=(t,e)=>e==null?"not known":Ae(t)?Bt(e):B(e);function Ko({uPlot:t,name:e,at:n,values:o,moments:s,onPick:r}){let l=U(),c=U(),i=Vt();D(()=>{let d=i?"#9aa2ab":"#6b7178",u={stroke:d,grid:{stroke:i?"#2c3138":"#e6e9ed",width:1},ticks:{show:!1},font:"11px system-ui"},p=h=>{h.ctx.save(),h.ctx.strokeStyle=d,h.ctx.setLineDash([3,3]);for(let m of s.current){let g=Math.round(h.valToPos(m.at/1e3,"x",!0));g<h.bbox.left||g>h.bbox.left+h.bbox.width||(h.ctx.beginPath(),h.ctx.moveTo(g,h.bbox.top),h.ctx.lineTo(g,h.bbox.top+h.bbox.height),h.ctx.stroke())}h.ctx.restore()};c.current=new t({width:l.current.clientWidth,height:130,legend:{show:!1},hooks:{draw:[p]},cursor:{points:{size:6},drag:{x:!1,y:!1}},scales:{y:{range:(h,m,g)=>[0,(g||1)*1.1]}},axes:[{...u,space:70,size:28,values:(h,m)=>m.map(g=>Oe(g*1e3))},{...u,size:62,space:26,...Ae(e)?{incrs:Array.from({length:50},(h,m)=>2**m)}:{},values:(h,m)=>m.map(g=>Ae(e)?Bt(g):B(g))}],series:[{},{stroke:i?"#8ab4ff":"#1a56c4",width:1.5,fill:i?"#8ab4ff22":"#1a56c418",points:{show:!1}}]},[n,o],l.current);let $=()=>{let h=c.current.cursor.idx;h!=null&&r(c.current.data[0][h]*1e3)};c.current.over.addEventListener("click",$);let y=new ResizeObserver(()=>c.current.setSize({width:l.current.clientWidth,height:130}));return y.observe(l.current),()=>{y.disconnect(),c.current.destroy()}},[i,e]),D(()=>c.current.setData([n,o]),[n,o]);let a=o[o.length-1];return f`<figure class="chart"><figcaption>
  <b>${Re(e)}</b> <span>${Le(e,a)}</span></figcaption>
    <div ref=${l} role="img" aria-label=${`${Re(e)} over time, now ${Le(e,a)}`}>
    </div></figure>`}function Go({moments:t}){let e=V(),n=t.length?t[t.length-1].number:0,[o,s]=S(e.get("m")||String(n)),[r,l]=S(e.get("mb")||"");D(()=>{e.get("m")||s(String(n))},[n]);let c=a=>I(a,{m:o===String(n)&&!r?null:o,mb:r||null}),i=(a,d)=>f`<a class="button" href=${c(a)} onClick=${u=>et(u,c(a))}>${d}</a>`;return f`<section class="moments"><h2>Moments</h2>
    <table aria-label="Moments"><thead><tr><th scope="col">Look at</th><th
      scope="col">Compare with</th><th scope="col">Moment</th></tr></thead><tbody>
      ${t.map(a=>f`<tr><td><input type="radio" name="now" aria-label=${`look at moment ${a.number}`}
          checked=${o===String(a.number)} onChange=${()=>s(String(a.number))} /></td>
        <td><input type="radio" name="base" aria-label=${`compare with moment ${a.number}`}
          checked=${r===String(a.number)} disabled=${o===String(a.number)}
            onChange=${()=>l(String(a.number))} /></td>
        <th scope="row">${a.number}: ${Oe(a.at)}
          ${a.dump?"":f` <small>no goroutine dump</small>`}</th></tr>`)}
    </tbody></table>
    <p>${r&&f`<button onClick=${()=>l("")}>Compare with none</button> `}
      ${i("flamegraph",r?"Flame graph of the difference":"Flame graph")}${" "}
      ${i("top","Top")}${" "}
      ${O.views.find(a=>a.path==="goroutines").there&&i("goroutines","Goroutines")}
    </p>
  </section>`}function to(){j();let[t,e]=S(0),[n,o]=S(""),[s,r]=S(""),[l,c]=S(!1),[i,a]=S(!1),[d,u]=S(null);D(()=>{import("./chart.js").then(x=>u(()=>x.default)).catch(x=>r(x.message))},[]);let p=X("live",{keep:!1,tick:t});J({...p,since:p.data?void 0:p.since});let $=U([]),y=p.data?.every||0;D(()=>{if(!y)return;let x=setInterval(()=>document.hidden||e(T=>T+1),Math.max(1e3,y*1e3));return()=>clearInterval(x)},[y]);let h=(x,T)=>async()=>{o(x),r("");try{await It(T)}catch(E){r(E.message)}o(""),e(E=>E+1)};if(!p.data)return f`<${Q} state=${p} what=${"Asking …"} />`;let m=p.data;$.current=m.moments;let g=Object.keys(m.series),k=["resident memory (bytes)","heap in use (bytes)","threads","goroutine","descriptors","fd"],_=g.filter(x=>!k.includes(x)),v=g.filter(x=>k.includes(x));v.sort((x,T)=>k.indexOf(x)-k.indexOf(T));let M=x=>f`<${Ko} key=${x} uPlot=${d} name=${x} at=${m.at} values=${m.series[x]}
      moments=${$} onPick=${w} />`,w=x=>{let T=m.moments.reduce((E,A)=>Math.abs(A.at-x)<Math.abs(E.at-x)?A:E,m.moments[0]);T&&at(Z("live",{m:T.number}))},R=m.at.length?`${y?"recording, ":""}${m.at.length} points`:"";return f`<main class="page flow live">
    <div class="tools">
      <button disabled=${!!n}
        onClick=${h("Fetching the profile …","data/take")}>Take a moment now</button>
      ${y?f`<button onClick=${h("","data/record?every=0")}>Stop recording</button>`:f`<button disabled=${!!n}
            onClick=${h("Starting …",`data/record?every=2${l?"&profiles=1":""}`)}>
            Record every 2 s</button>
          <label class="choice"><input type="checkbox" checked=${l}
            onChange=${x=>c(x.target.checked)} /> with a profile each</label>`}
      <span class="hint" role="status">${n||R}</span>
    </div>
    <p class="faint">${m.source}${m.pid?`, process ${m.pid} on this machine`:""}</p>
    ${(s||m.trouble)&&f`<p class="warning" role="alert">${s||m.trouble}</p>`}
    ${m.at.length===0?f`<p class="hint">Recording draws the program's totals over time: memory, threads or
            goroutines, descriptors. Moments keep whole profiles, to be compared.</p>`:f`<div class="charts">${d&&v.map(M)}</div>
        ${_.length>0&&f`<details onToggle=${x=>a(x.currentTarget.open)}>
        <summary>Counts of the other profiles</summary>${i&&d&&f`<div
          class="charts">${_.map(M)}</div>`}</details>`}
        <details><summary>The same as a table</summary><div class="code-box"><table
          aria-label="Totals over time"><thead><tr><th
            scope="col">Time</th>${g.map(x=>f`<th class="num"
              scope="col">${Re(x)}</th>`)}</tr></thead>
          <tbody>${m.at.slice(-200).map((x,T,E)=>f`<tr><th
            scope="row">${Oe(x*1e3)}</th>${g.map(A=>f`<td
              class="num">${Le(A,m.series[A][m.at.length-E.length+T])}</td>`)}</tr>`)}
          </tbody></table></div></details>`}
    <${Go} moments=${m.moments} />
  </main>`}var eo={top:Kn,graph:Bn,flamegraph:qn,peek:Gn,source:Vn,disasm:Xn,labels:Jn,goroutines:Zn,live:to},Ne=O.views.filter(t=>t.there),Pe=new Map(O.options.map(t=>[t.url,t]));function Yo(t,e,n){return n?["peek","source","disasm"].includes(t)?{f:n}:t==="flamegraph"&&e!==t?{p:n}:{}:{}}function Vo({view:t,re:e}){return f`<${st} title="View">${Ne.map(n=>f`<${W} title=${n.title} hint=${n.help} current=${n.path===t}
      to=${I(n.path,Yo(n.path,t,e))} />`)}<//>`}function Xo({url:t,view:e}){let n=t.get("si")||O.type,o=/^\d+$/.test(n)?O.types[n]:n;return f`<${st} title="Sample">${O.types.map(s=>f`<${W} title=${s} current=${s===o}
    to=${Z(e,{si:s,z:null,x:null})} />`)}<//>`}function Jo({view:t,re:e,url:n}){let o=[...Pe.keys()].filter(r=>["f","i","h","s","sf","prunefrom","tf","ti","ts","th"].includes(r)&&n.get(r)),s=Object.fromEntries(["f","i","h","s","sf","prunefrom","tf","ti","ts","th","p","z","x","q"].map(r=>[r,null]));return f`<${st} title="Refine">
    ${!e&&f`<div class="popup-title">Type an expression or select something first</div>`}
    ${be(e).map(([r,l,c,i])=>f`<${W} title=${r} hint=${i}
      disabled=${!e} to=${e&&I(t,{[l]:c,q:null,z:null,x:null})}
        />`)}
    <hr />
    ${o.map(r=>f`<${W} title=${`Without ${Pe.get(r).name}`} hint=${n.get(r)}
      to=${Z(t,{[r]:null,z:null,x:null})} />`)}
    <${W} title="Reset" hint="no filters" to=${Z(t,s)} /><//>`}function no(t,e){return O.options.filter(o=>o.saved).map(o=>o.url).every(o=>(t.get(o)??Ot(o))===(e[o]??Ot(o)))}var Ot=t=>{let e=Pe.get(t);return e.kind==="bool"?e.value[0]:e.value};function oo(t,e){let n={};for(let o of O.options)o.saved&&(n[o.url]=o.url in e&&e[o.url]!==Ot(o.url)?e[o.url]:null);return Z(t,{...n,z:null,x:null})}function Qo({view:t,url:e,configs:n,onSave:o,onDelete:s,onOptions:r}){return f`<${st} title="Config">
    <${W} title="Options ..." hint="granularity, units, limits" onClick=${r} />
    <${W} title="Save as ..." onClick=${o} /><hr />
    <${W} title="Default" current=${no(e,{})} to=${oo(t,{})} />
    ${n.map(l=>f`<div class="pair"><${W} title=${l.name} current=${no(e,l.params)}
        to=${oo(t,l.params)} />
      <button class="quiet" aria-label=${`Delete ${l.name}`}
        onClick=${()=>s(l.name)}>✕</button></div>`)}<//>`}function Zo({url:t}){let e=["m","mb"].filter(o=>t.get(o)).map(o=>`${o}=${t.get(o)}`).join("&"),n=async()=>{let o=await fetch(`data/${lt()}${location.search}`);it(`${lt()}.json`,"application/json",await o.text())};return f`<${st} title="Download">
    <a role="menuitem" href=${"download"+(e?"?"+e:"")} download="profile.pb.gz">
    <span>Profile</span><small>profile.pb.gz</small></a>
    <${W} title="This view as JSON" onClick=${n} /><//>`}function ts({configs:t,onClose:e,onDone:n}){let[o,s]=S(""),[r,l]=S("");return f`<${Tt} title="Save configuration as" onClose=${e}><form onSubmit=${async i=>{i.preventDefault();let a=V();a.set("config",o);try{await It("saveconfig?"+a),n(),e()}catch(d){l(d.message)}}}>
    <label>Name <input autofocus list="config-names" value=${o}
      onInput=${i=>s(i.target.value)} /></label>
    <datalist id="config-names">${t.map(i=>f`<option value=${i.name} />`)}</datalist>
    <p class="hint">Options and filters of this address are kept in the settings file that
      google/pprof uses too.</p>
    ${r&&f`<p class="warning" role="alert">${r}</p>`}
    <p class="buttons"><button type="submit" class="primary" disabled=${!o}>Save</button></p>
    </form><//>`}function es({name:t,onClose:e,onDone:n}){let[o,s]=S(""),r=async()=>{try{let l=await fetch("deleteconfig?config="+encodeURIComponent(t),{method:"DELETE"});if(!l.ok)throw new Error(await l.text());n(),e()}catch(l){s(l.message)}};return f`<${Tt} title="Delete configuration" onClose=${e}>
    <p>Delete “${t}”?</p>
    ${o&&f`<p class="warning" role="alert">${o}</p>`}
    <p class="buttons"><button onClick=${r} class="primary">Delete</button></p><//>`}function ns({onClose:t}){let[e,n]=S(Object.fromEntries(O.options.map(l=>[l.url,V().get(l.url)??Ot(l.url)]))),o=O.options.filter(l=>l.url!=="si"),s=l=>{l.preventDefault();let c={z:null,x:null};for(let i of o)c[i.url]=e[i.url]===Ot(i.url)?null:e[i.url];z(c),t()},r=l=>{let c=i=>n({...e,[l.url]:i});return l.kind==="bool"?f`<input type="checkbox" id=${"o-"+l.url}
        checked=${/^(t|true|1|y|yes)$/i.test(e[l.url])}
          onChange=${i=>c(i.target.checked?"t":"f")} />`:l.choices?f`<select id=${"o-"+l.url} value=${e[l.url]}
        onChange=${i=>c(i.target.value)}>
      <option value=${l.value}
        selected=${e[l.url]===l.value}>${l.value||"(default)"}</option>${l.choices.split(" ").filter(i=>i!==l.value).map(i=>f`<option value=${i} selected=${e[l.url]===i}>${i}</option>`)}</select>`:f`<input id=${"o-"+l.url} value=${e[l.url]}
      onInput=${i=>c(i.target.value)} />`};return f`<${Tt} title="Options" onClose=${t} wide=${!0}><form onSubmit=${s}
    class="options">
    ${o.map(l=>f`<div class="option"><label
      for=${"o-"+l.url}>${l.name.replace(/_/g," ")}</label>${r(l)}<small>${l.help}</small>
      </div>`)}
    <p class="buttons"><button type="submit" class="primary">Apply</button></p></form><//>`}var os=[["Everywhere",[["?","this list"],["/","search"],["1 … 9","the views, in the order of the menu"],["t","picture or table"],["Escape","close, or leave the search"]]],["Flame graph",[["arrows","from box to box"],["Enter","what a click does"],["p, z","pivot, zoom"],["+, −, 0","zoom in, out, all"],["a, e","move left, right"],["m","actions on the box"],["space","select, for the menus"],["Escape","show all"]]],["Graph",[["Tab","from function to function"],["Enter","select"],["+, −, 0","zoom in, out, fit"],["arrows","move"],["m","actions on the function"]]],["Tables",[["↑ ↓ Page Home End","from row to row"],["space","select"],["Enter","show the source"],["Shift F10","actions on the row"]]]];function ss({onClose:t}){return f`<${Tt} title="Keys" onClose=${t} wide=${!0}><div class="keys">${os.map(([e,n])=>f`<section><h3>${e}</h3>
    <dl>${n.map(([o,s])=>f`<dt><kbd>${o}</kbd></dt><dd>${s}</dd>`)}</dl></section>`)}</div>
    <p class="hint">Flame graph: a click pivots, Shift and a click zooms (or the other way round, by
      the toolbar); Ctrl and the wheel zoom, dragging moves, the right button lists actions.</p>
    <//>`}var rs="Marks what matches. Enter: in the flame graph all stacks through it, elsewhere only stacks through it.";function ls({url:t,view:e}){let n=U(),[o,s]=S(t.get("q")||""),r=U();D(()=>s(t.get("q")||""),[t.get("q")]);let l=a=>{let d=a.target.value;s(d),clearTimeout(r.current),r.current=setTimeout(()=>z({q:d},!0),300)},c=a=>{if(a.key==="Escape"&&n.current.blur(),a.key!=="Enter"||!K(o))return;clearTimeout(r.current);let d=e==="flamegraph"?{p:o,z:null,x:null}:["goroutines","labels","live"].includes(e)?{q:o}:{f:o};z(d.q?d:{...d,q:null})},i=o&&!K(o);return f`<input type="search" id="search" ref=${n} value=${o}
    placeholder="Search regexp" aria-label="Search regexp" aria-invalid=${!!i}
    title=${i?"This is no regular expression (yet).":rs}
    onInput=${l} onKeyDown=${c} spellcheck="false" autocomplete="off" />`}function as({since:t}){let[,e]=S(0);D(()=>{if(!t)return;let o=setInterval(()=>e(s=>s+1),250);return()=>clearInterval(o)},[t]);let n=t?(Date.now()-t)/1e3:0;return f`<div class=${"progress"+(t?" busy":"")}
    role="status">${n>.7?`Working, ${n.toFixed(1)} s`:""}</div>`}function is({url:t,view:e}){let n=O.options.filter(o=>t.get(o.url)&&!["si","g"].includes(o.url)).map(o=>[o.url,o.name,t.get(o.url)]);return t.get("p")&&n.push(["p","pivot",t.get("p")]),t.get("mb")&&n.push(["mb","compared with moment",t.get("mb")]),t.get("m")&&n.push(["m","moment",t.get("m")]),n.length?f`<div class="chips" aria-label="Filters and options in force">${n.map(([o,s,r])=>f`<span class="chip"><b>${s.replace(/_/g," ")}</b> <span>${r}</span>
    <button class="quiet" aria-label=${`Without ${s}`}
      onClick=${()=>z({[o]:null,z:null,x:null})}>✕</button></span>`)}</div>`:null}function cs(){let t=j(),e=eo[lt()]?lt():O.view,[n,o]=S({messages:[]}),[s,r]=S(null),[l,c]=S(!1),[i,a]=S(O.configs),d=fn(k=>o(_=>({..._,...k})),[]),u=t.get("q"),p=K(u)?u:n.selected?.length?ot(n.selected):"",$=()=>r(null),y=async()=>a(await(await fetch("data/configs")).json()),h=O.views.find(k=>k.path===e)?.title;D(()=>{document.title=`${O.file||O.source} ${h} - pprof`,d({selected:[]})},[e]),D(()=>{let k=_=>{if(_.ctrlKey||_.metaKey||_.altKey||_.target.closest?.("input,select,textarea,dialog,[role=menu]"))return;let v=Number(_.key);if(_.key==="?")r("keys");else if(_.key==="/")document.getElementById("search").focus();else if(_.key==="t")z({as:V().get("as")==="table"?null:"table"});else if(v>=1&&v<=Ne.length&&!_.defaultPrevented)at(I(Ne[v-1].path));else return;_.preventDefault()};return addEventListener("keydown",k),()=>removeEventListener("keydown",k)},[]);let m=eo[e],g=n.error||"";return f`<${jt.Provider} value=${d}>
    <header class="top">
      <a class="brand" href="./">pprof</a>
      <nav aria-label="Menus"><${Vo} view=${e} re=${p} />
        ${O.types.length>1&&f`<${Xo} url=${t} view=${e} />`}
        <${Jo} view=${e} re=${p} url=${t} />
        <${Qo} view=${e} url=${t} configs=${i} onSave=${()=>r("save")}
          onDelete=${k=>r({name:k})} onOptions=${()=>r("options")} />
        <${Zo} url=${t} /></nav>
      <${ls} url=${t} view=${e} />
      <h1 class="view-name">${h}</h1>
      <button class="about" aria-expanded=${l} onClick=${()=>c(!l)}
        title="Details of the profile">${O.file||O.source.split("/").pop()}${" "}
        <span>${n.about?.type||t.get("si")||O.type}</span></button>
      ${O.doc&&f`<a class="doc" href=${O.doc} target="_blank"
        rel="noopener noreferrer">Help ⤇</a>`}
      <button class="quiet" aria-label="Keys" title="Keys (?)"
        onClick=${()=>r("keys")}>?</button>
    </header>
    <${as} since=${n.since} />
    <${is} url=${t} view=${e} />
    ${l&&f`<div class="details" id="details">
      ${(n.about?.lines||[]).filter(Boolean).map(k=>f`<div>${k}</div>`)}
      ${O.comments.map(k=>f`<div class="faint">${k}</div>`)}</div>`}
    ${g&&f`<div id="errors" class="error" role="alert">
    <b>This view cannot be made.</b> ${g}</div>`}
    ${!g&&n.messages.length>0&&f`<div id="errors" class="messages"
      role="status">${[...new Set(n.messages)].map(k=>f`<div>${k}</div>`)}</div>`}
    <${m} key=${e} />
    ${s==="keys"&&f`<${ss} onClose=${$} />`}
    ${s==="save"&&f`<${ts} configs=${i} onClose=${$} onDone=${y}
      />`}
    ${s==="options"&&f`<${ns} onClose=${$} />`}
    ${s?.name&&f`<${es} name=${s.name} onClose=${$} onDone=${y}
      />`}
  <//>`}Ze(f`<${cs} />`,document.getElementById("app"));export{et as follow};
